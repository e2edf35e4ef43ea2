#pragma once

// Holdings: what one owner holds, as a list that runs through the holds themselves, so that nothing is
// allocated and the last acquired, which nearly always ends first, is at hand.
//
// Threads: read and changed inside a section of the owner (see OwnerSection).

#include "lease/hold.hpp"

namespace leasehold::detail {

class Holdings {
 public:
  bool empty() const noexcept { return !latest_; }
  Hold* latest() const noexcept { return latest_; }  // the others follow by Hold::older

  void add(Hold& hold) noexcept {
    hold.older = latest_;
    latest_ = &hold;
  }

  std::size_t size() const noexcept {
    std::size_t count = 0;
    for (const Hold* hold = latest_; hold; hold = hold->older) ++count;
    return count;
  }

  // The one of this pool that is being acquired; null if there is none.
  const Hold* awaited(const Pool& pool) const noexcept {
    for (const Hold* hold = latest_; hold; hold = hold->older)
      if (hold->pool == &pool && hold->word.load() == Hold::awaited) return hold;
    return nullptr;
  }

  // False if it is not here.
  bool remove(const Hold& hold) noexcept {
    if (latest_ != &hold) [[unlikely]]
      return remove_older(hold);
    latest_ = hold.older;
    return true;
  }

  // Puts a hold in the place of the awaited one, if that is still here.
  void replace(const Hold& awaited, Hold& by) noexcept {
    for (Hold** link = &latest_; *link; link = &(*link)->older) {
      if (*link != &awaited) continue;
      by.older = awaited.older;
      *link = &by;
      return;
    }
  }

 private:
  bool remove_older(const Hold& hold) noexcept {
    for (Hold** link = &latest_; *link; link = &(*link)->older) {
      if (*link != &hold) continue;
      *link = hold.older;
      return true;
    }
    return false;
  }

  Hold* latest_ = nullptr;
};

}  // namespace leasehold::detail
