// Strong integer ids. Distinct types, so that a page number cannot be passed for a log position.
#pragma once

#include <compare>
#include <cstdint>

namespace dosql {

template <typename Tag, typename Rep>
struct Id {
  Rep value = 0;
  constexpr Id() = default;
  constexpr explicit Id(Rep v) : value(v) {}
  constexpr auto operator<=>(const Id&) const = default;
  constexpr explicit operator bool() const { return value != 0; }
};

using PageId = Id<struct PageIdTag, uint32_t>;  // stable name of a page; 0 is none
using Lsn = Id<struct LsnTag, uint64_t>;        // dense number of a commit; 0 is before the first
using LogSeq =
    Id<struct LogSeqTag, uint64_t>;           // number of a log row; its ring slot is seq mod 4096
using Epoch = Id<struct EpochTag, uint32_t>;  // advances with every pin; see storage/page
using TableId =
    Id<struct TableIdTag, uint32_t>;  // a table or an index in the catalog; never reused

}  // namespace dosql
