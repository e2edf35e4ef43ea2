#pragma once

// What takes the place of thread/barrier.cpp and pool/workers.cpp of the core in the model, and its memory.

#include <cstddef>

namespace leasehold::model {

// Which barriers do what they are for. All of them do; a model with one that does not must find out.
struct Barriers {
  bool membarrier = true;  // the kernel has it: the light one is none, and the heavy one is for all threads
  bool heavy = true;       // the heavy one reaches the other threads
  bool full = true;        // the full one does something
};
void set_barriers(const Barriers& barriers) noexcept;

// While it lives, memory that is given back is kept apart, so that a use after the end is found and not
// hidden by the next owner. (AddressSanitizer does that by itself.)
class Quarantine {
 public:
  Quarantine() noexcept;
  ~Quarantine();
  Quarantine(const Quarantine&) = delete;
  Quarantine& operator=(const Quarantine&) = delete;
};

std::ptrdiff_t blocks_in_use() noexcept;  // of operator new; always 0 with AddressSanitizer

}  // namespace leasehold::model
