#include "core/storage/page/page_map.h"

#include <cstdlib>
#include <cstring>

namespace dosql {
namespace {

size_t RootBytes(uint32_t capacity) { return sizeof(MapRoot) + capacity * sizeof(MapLeaf*); }

}  // namespace

void* BudgetAlloc(ByteBudget* budget, size_t bytes) {
  if (!budget->Reserve(bytes).ok()) return nullptr;
  void* p = std::malloc(bytes);
  if (!p) budget->Release(bytes);
  return p;
}

void BudgetFree(ByteBudget* budget, void* p, size_t bytes) {
  if (!p) return;
  std::free(p);
  budget->Release(bytes);
}

MapRoot* NewMapRoot(ByteBudget* budget, uint32_t capacity) {
  auto* root = static_cast<MapRoot*>(BudgetAlloc(budget, RootBytes(capacity)));
  if (!root) return nullptr;
  root->refs = 1;
  root->count = root->pages = root->images = 0;
  root->capacity = capacity;
  return root;
}

MapLeaf* NewMapLeaf(ByteBudget* budget) {
  auto* leaf = static_cast<MapLeaf*>(BudgetAlloc(budget, sizeof(MapLeaf)));
  if (!leaf) return nullptr;
  std::memset(leaf, 0, sizeof *leaf);
  leaf->refs = 1;
  return leaf;
}

void DeleteMapRoot(ByteBudget* budget, MapRoot* root) {
  BudgetFree(budget, root, RootBytes(root->capacity));
}

void DeleteMapLeaf(ByteBudget* budget, MapLeaf* leaf) {
  BudgetFree(budget, leaf, sizeof *leaf);
}

Status OwnMapRoot(ByteBudget* budget, MapRoot** root) {
  MapRoot* old = *root;
  if (old->refs == 1) return Status::Ok();
  MapRoot* copy = NewMapRoot(budget, old->capacity);
  if (!copy) return Code::kNoMemory;
  copy->count = old->count;
  copy->pages = old->pages;
  for (uint32_t i = 0; i < old->count; i++) {
    copy->leaf[i] = old->leaf[i];
    copy->leaf[i]->refs++;
  }
  old->refs--;
  *root = copy;
  return Status::Ok();
}

Status OwnMapLeaf(ByteBudget* budget, MapRoot* root, uint32_t i) {
  MapLeaf* old = root->leaf[i];
  if (old->refs == 1) return Status::Ok();
  auto* copy = static_cast<MapLeaf*>(BudgetAlloc(budget, sizeof(MapLeaf)));
  if (!copy) return Code::kNoMemory;
  std::memcpy(copy, old, sizeof *copy);
  copy->refs = 1;
  copy->home = 0;
  old->refs--;
  root->leaf[i] = copy;
  return Status::Ok();
}

Status AppendMapLeaf(ByteBudget* budget, MapRoot** root) {
  MapRoot* r = *root;
  if (r->count == kMapLeavesMax) return Code::kFull;
  if (r->count == r->capacity) {
    MapRoot* bigger = NewMapRoot(budget, r->capacity * 2);
    if (!bigger) return Code::kNoMemory;
    uint32_t capacity = bigger->capacity;
    std::memcpy(bigger, r, RootBytes(r->count));
    bigger->capacity = capacity;
    DeleteMapRoot(budget, r);
    *root = r = bigger;
  }
  MapLeaf* leaf = NewMapLeaf(budget);
  if (!leaf) return Code::kNoMemory;
  r->leaf[r->count++] = leaf;
  return Status::Ok();
}

}  // namespace dosql
