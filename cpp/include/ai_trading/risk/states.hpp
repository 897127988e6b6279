// Who may trade: ACTIVE, REDUCE_ONLY or HALTED, for each scope, and how it came to that.
//
// A breach only tightens; loosening takes a person's name and a reason.  Every change is
// written down.  The strictest of the scopes an order belongs to counts.
//
// Cost        O(1); the record grows by a row per change.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ai_trading/base/reject.hpp"
#include "ai_trading/base/units.hpp"

namespace ai_trading::risk {

enum class Mode : std::uint8_t { active = 0, reduce_only = 1, halted = 2 };

enum class ScopeKind : std::uint8_t {
  all = 0,
  account = 1,
  strategy = 2,
  instrument = 3,
};

struct Scope {
  ScopeKind kind = ScopeKind::all;
  std::uint32_t index{};  // of the strategy or instrument

  friend bool operator==(Scope, Scope) = default;
};

struct Transition {
  Nanos at;
  Scope scope;
  Mode from{}, to{};
  Reject cause{};      // none where a person enabled it
  std::string who;     // "gate" where nobody did
  std::string reason;  // a person's words
};

struct State {
  Mode mode{};
  Reject cause{};

  // Why it refuses an order: what put it there where that was a check of the gate or the
  // kill switch, else the state.
  [[nodiscard]] Reject refusal() const {
    const auto code = static_cast<std::uint16_t>(cause);
    if (code >= 100 && code < 150) return cause;
    return mode == Mode::halted ? Reject::halted : Reject::reduce_only;
  }
};

class States {
 public:
  void resize(std::size_t strategies, std::size_t instruments) {
    strategies_.resize(strategies);
    instruments_.resize(instruments);
  }

  // The strictest state that an order of a strategy in an instrument is under.  An index
  // that is not known is under the account's.
  [[nodiscard]] State of(std::size_t strategy, std::size_t instrument) const {
    State strictest = wide_;
    if (strategy < strategies_.size() && strategies_[strategy].mode > strictest.mode)
      strictest = strategies_[strategy];
    if (instrument < instruments_.size() &&
        instruments_[instrument].mode > strictest.mode)
      strictest = instruments_[instrument];
    return strictest;
  }
  // What a scope itself is in, whatever the wider ones are.
  [[nodiscard]] State of(Scope scope) const;

  // Tightens; returns whether that changed anything.  Throws std::invalid_argument where
  // there is no such scope.
  bool restrict(Scope scope, Mode to, Reject cause, const std::string& who,
                const std::string& reason, Nanos at);
  // Makes a scope active again.  Throws std::invalid_argument without name or reason.
  bool enable(Scope scope, const std::string& who, const std::string& reason, Nanos at);

  [[nodiscard]] std::span<const Transition> log() const { return log_; }
  [[nodiscard]] bool knows(Scope scope) const;

 private:
  [[nodiscard]] const State& known(Scope scope) const;
  [[nodiscard]] State& at(Scope scope);
  void widen();

  State all_, account_;
  State wide_;  // the stricter of the two
  std::vector<State> strategies_, instruments_;
  std::vector<Transition> log_;
};

}  // namespace ai_trading::risk
