#include "ai_trading/matching/engine_state.hpp"

#include <algorithm>

#include "special_places.hpp"

namespace ai_trading::matching {

OrderView EngineState::view_special(const Entry& e) const {
  const Extra& x = store_.extra(e);
  const bool shown = x.where == Where::shown;
  return {e.name,
          x.instrument,
          x.owner,
          x.side,
          x.price,
          {e.quantity + x.reserve},
          {shown ? e.quantity : 0}};
}

// Accounts.

Account EngineState::account(OwnerId owner) const {
  const Handle known = account_index_.find(owner);
  return known == kNone ? Account{} : accounts_[known - 1].account;
}

void EngineState::remember(OwnerId owner, Account account) {
  const Handle known = account_index_.find(owner);
  if (known != kNone) {
    accounts_[known - 1].account = account;
    return;
  }
  accounts_.push_back({owner, account});
  account_index_.insert(owner, static_cast<Handle>(accounts_.size()));
}

bool EngineState::one_party(OwnerId a, OwnerId b) const {
  if (a == 0 || b == 0) return false;
  if (a == b) return true;
  if (accounts_.empty()) return false;
  const GroupId group = account(a).group;
  return group != 0 && group == account(b).group;
}

SelfTrade EngineState::rule_of(OwnerId owner, const Terms* terms) const {
  if (owner == 0) return SelfTrade::allow;
  if (terms != nullptr && terms->self_trade != SelfTrade::inherit)
    return terms->self_trade;
  return accounts_.empty() ? SelfTrade::allow : account(owner).self_trade;
}

// Bands.

bool EngineState::outside_band(const Market& m, Side side, Ticks price) {
  if (!m.special || !m.special->banded) return false;
  return side == Side::buy ? price > m.special->band_high : price < m.special->band_low;
}

Key EngineState::worst_key(const Market& m, Side side) {
  if (!m.special || !m.special->banded) return -kMaxPrice;
  return key_of(opposite(side),
                side == Side::buy ? m.special->band_high : m.special->band_low);
}

// Whatever rests.

void EngineState::place_waiting(Market& m, Handle h) {
  Extra& x = store_.extra(store_.at(h));
  Special& s = store_.special(m);
  x.where = Where::waiting;
  x.stamp = ++stamps_;
  Handle& level = s.waiting[at(x.side)];
  if (level == kNone)
    level = store_.take_level(0, level_mark(x.instrument, x.side, Where::waiting));
  store_.join(level, h);
}

void EngineState::detach(Market& m, Handle h) {
  const Entry& e = store_.at(h);
  const Where where = is_special(e.mark) ? store_.extra(e).where : Where::shown;
  switch (where) {
    case Where::shown:
      return store_.leave_shown(m, h);
    case Where::dark:
    case Where::pegged:
      return leave_dark(m, h);
    case Where::waiting:
      (void)store_.leave(h);
      return;
    case Where::stop:
      return leave_stop(m, h);
    case Where::held:
      std::erase(m.special->held, h);
      return;
  }
}

void EngineState::set_guard(Market& m) const {
  std::uint8_t g = m.state == TradingState::continuous ? 0 : guard::state;
  if (m.special) {
    const Special& s = *m.special;
    if (s.banded || s.settings.increment.n != 1 ||
        s.settings.allocation != Allocation::price_time)
      g |= guard::settings;
    if (s.dark_orders[0] + s.dark_orders[1] > 0) g |= guard::dark;
    if (s.stop_count > 0) g |= guard::stops;
  }
  m.guard = g;
}

std::vector<OrderId>& EngineState::collect(InstrumentIndex instrument) {
  scratch_.clear();
  const auto add = [&](Handle h) {
    scratch_.push_back(store_.at(h).name);
    return true;
  };
  for (const Side side : {Side::buy, Side::sell}) for_each_shown(instrument, side, add);
  for_each_unshown(instrument, add);
  std::ranges::sort(scratch_);
  return scratch_;
}

}  // namespace ai_trading::matching
