// The page map of one version, in memory: a root of pointers to leaves of 1,024 entries each, both
// shared between versions and counted. A version owns one count of its root, a root one count of
// each of its leaves. Who wants to change a root or a leaf first makes it its own (OwnMapRoot,
// OwnMapLeaf), which copies it when anybody else holds a count.
//
// An entry is what page_format.h says, or kLocMemory | frame with a zero sum for an image that has
// never been written. A leaf or root whose bytes are in an extent remembers where (`home`); that
// slot lives exactly as long as the object does, or until the object changes.
#pragma once

#include "core/base/budget.h"
#include "core/storage/page/page_format.h"

namespace dosql {

struct MapLeaf {
  uint32_t refs;
  uint32_t used;    // non-zero entries
  uint32_t memory;  // entries that point to frames
  uint32_t pad;
  uint64_t home;    // entry of the leaf's own image; 0 when it has none
  uint64_t entry[kMapFanout];
};

struct MapRoot {
  uint32_t refs;
  uint32_t count;     // leaves
  uint32_t capacity;
  uint32_t pages;     // non-zero entries of all leaves
  uint32_t images;    // of home[]; 0 when the root is not durable
  uint64_t home[kRootImagesMax];
  MapLeaf* leaf[1];   // [capacity]

  uint64_t Find(uint32_t page) const {
    return page / kMapFanout < count ? leaf[page / kMapFanout]->entry[page % kMapFanout] : 0;
  }
};

// Memory under the budget; nullptr when it is used up.
void* BudgetAlloc(ByteBudget* budget, size_t bytes);
void BudgetFree(ByteBudget* budget, void* p, size_t bytes);

// All of these return nullptr, or kNoMemory, when the budget is used up and change nothing then.
MapRoot* NewMapRoot(ByteBudget* budget, uint32_t capacity);
MapLeaf* NewMapLeaf(ByteBudget* budget);
void DeleteMapRoot(ByteBudget* budget, MapRoot* root);  // the object only, not its leaves
void DeleteMapLeaf(ByteBudget* budget, MapLeaf* leaf);

// Makes *root the caller's own: a copy without a home when it is shared.
Status OwnMapRoot(ByteBudget* budget, MapRoot** root);
// Makes leaf i of an own root its own: a copy without a home when it is shared.
Status OwnMapLeaf(ByteBudget* budget, MapRoot* root, uint32_t i);
// Appends an empty leaf to an own root (which may move). kFull at kMapLeavesMax.
Status AppendMapLeaf(ByteBudget* budget, MapRoot** root);

}  // namespace dosql
