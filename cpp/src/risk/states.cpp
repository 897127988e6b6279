#include "ai_trading/risk/states.hpp"

#include <algorithm>
#include <stdexcept>

namespace ai_trading::risk {

namespace {

bool blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

}  // namespace

bool States::knows(Scope scope) const {
  switch (scope.kind) {
    case ScopeKind::all:
    case ScopeKind::account:
      return true;
    case ScopeKind::strategy:
      return scope.index < strategies_.size();
    case ScopeKind::instrument:
      return scope.index < instruments_.size();
  }
  return false;
}

const State& States::known(Scope scope) const {
  switch (scope.kind) {
    case ScopeKind::strategy:
      return strategies_[scope.index];
    case ScopeKind::instrument:
      return instruments_[scope.index];
    case ScopeKind::account:
      return account_;
    case ScopeKind::all:
      break;
  }
  return all_;
}

State& States::at(Scope scope) {
  if (!knows(scope)) {
    throw std::invalid_argument(
        "there is no such scope: there are " + std::to_string(strategies_.size()) +
        " strategies and " + std::to_string(instruments_.size()) +
        " instruments; received index " + std::to_string(scope.index));
  }
  return const_cast<State&>(known(scope));  // of this object, which is not const
}

State States::of(Scope scope) const { return knows(scope) ? known(scope) : State{}; }

void States::widen() { wide_ = all_.mode >= account_.mode ? all_ : account_; }

bool States::restrict(Scope scope, Mode to, Reject cause, const std::string& who,
                      const std::string& reason, Nanos when) {
  State& state = at(scope);
  if (to <= state.mode) return false;
  log_.push_back({when, scope, state.mode, to, cause, who, reason});
  state = {to, cause};
  widen();
  return true;
}

bool States::enable(Scope scope, const std::string& who, const std::string& reason,
                    Nanos when) {
  if (blank(who) || blank(reason)) {
    throw std::invalid_argument(
        "only a named person enables trading again, and with a reason");
  }
  State& state = at(scope);
  if (state.mode == Mode::active) return false;
  log_.push_back({when, scope, state.mode, Mode::active, Reject::none, who, reason});
  state = {};
  widen();
  return true;
}

}  // namespace ai_trading::risk
