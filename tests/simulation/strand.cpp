// SPDX-License-Identifier: Apache-2.0
// Switches between two contexts, and reports each switch to the address sanitizer, which checks
// stacks.
#include "tests/simulation/strand.hpp"

#include <cassert>
#include <cstdint>
#include <utility>

// GCC defines this macro; Clang answers __has_feature() instead.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace vcs::test {
namespace {

constexpr std::size_t kStackBytes = 2u << 20;

}  // namespace

Strand::Strand() : stack_(new std::byte[kStackBytes]) {
  own_.bottom = stack_.get();
  own_.size = kStackBytes;
  getcontext(&own_.context);
  own_.context.uc_stack.ss_sp = stack_.get();
  own_.context.uc_stack.ss_size = kStackBytes;
  own_.context.uc_link = nullptr;
  // makecontext() passes ints only, so the pointer goes in two halves.
  const auto self = reinterpret_cast<std::uintptr_t>(this);
  makecontext(&own_.context, reinterpret_cast<void (*)()>(&Strand::begin), 2,
              static_cast<unsigned>(self >> 32), static_cast<unsigned>(self));
}

Strand::~Strand() {
  assert(!work_);
}

void Strand::switch_over(Side& from, Side& to) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&from.fake_stack, to.bottom, to.size);
#endif
  swapcontext(&from.context, &to.context);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(from.fake_stack, &to.bottom, &to.size);
#endif
}

void Strand::begin(unsigned high, unsigned low) {
  auto* self = reinterpret_cast<Strand*>((static_cast<std::uintptr_t>(high) << 32) | low);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(nullptr, &self->caller_.bottom, &self->caller_.size);
#endif
  self->run();
}

// Never returns: the destructor does not let it go on.
void Strand::run() {
  for (;; pause()) {
    try {
      work_();
    } catch (...) {
      thrown_ = std::current_exception();
    }
    work_ = nullptr;
  }
}

bool Strand::go_on() {
  switch_over(caller_, own_);
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  return !work_;
}

void Strand::pause() {
  switch_over(own_, caller_);
}

}  // namespace vcs::test
