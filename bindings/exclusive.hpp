// A mutable object that two Python threads cannot enter at once.
#pragma once

#include <atomic>
#include <stdexcept>
#include <utility>

namespace ai_trading::bindings {

struct ConcurrentUse : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <class T>
class Exclusive {
 public:
  template <class... Args>
  explicit Exclusive(Args&&... args) : value_(std::forward<Args>(args)...) {}

  // Runs `work` on the object, or throws ConcurrentUse if another thread is inside.
  template <class Work>
  auto use(Work&& work) {
    if (busy_.test_and_set(std::memory_order_acquire)) {
      throw ConcurrentUse(
          "this object is in use by another thread; give each thread its own, "
          "or hold a lock around the calls");
    }
    struct Release {
      std::atomic_flag& flag;
      ~Release() { flag.clear(std::memory_order_release); }
    } release{busy_};
    return std::forward<Work>(work)(value_);
  }

 private:
  T value_;
  std::atomic_flag busy_;
};

}  // namespace ai_trading::bindings
