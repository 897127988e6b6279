// Engine: the plain case of submit, cancel and replace.  Included by engine.hpp.
#pragma once

namespace ai_trading::matching {

template <class Listener>
AI_TRADING_ALWAYS_INLINE void Engine<Listener>::rest_plain(Market& m,
                                                           const NewOrder& order,
                                                           Lots left, Handle level,
                                                           Store::Place place) {
  const Handle h = store_.take(order.id, left.n, order.owner, place);
  store_.at(level).quantity += left.n;
  store_.join(level, h);
  if (left == order.quantity) listener_->accepted(order);
  listener_->rested(
      {order.id, order.instrument, order.owner, order.side, order.price, left, left});
  after(m, order.instrument);
}

template <class Listener>
Reject Engine<Listener>::submit_plain(Market& m, const NewOrder& order) {
  auto place = store_.place(order.id);
  if (place.handle != kNone) return refuse(order.id, Reject::duplicate_id);
  const Side across = opposite(order.side);
  const Key worst = key_of(across, order.price);
  Lots left = order.quantity;

  if (m.shown[static_cast<std::size_t>(across)].best_key() >= worst) {
    listener_->accepted(order);
    trade_plain<false>(m, order, worst, left);
    if (left.n == 0) {
      after(m, order.instrument);
      return Reject::none;
    }
    place = store_.place(order.id);  // makers have gone
  }
  if (order.time_in_force == TimeInForce::ioc) {
    if (left == order.quantity) listener_->accepted(order);
    listener_->canceled(
        {order.id, order.instrument, order.owner, order.side, order.price, left, {}},
        Gone::unfilled);
    after(m, order.instrument);
    return Reject::none;
  }

  const Key key = key_of(order.side, order.price);
  PriceLevels& own = m.shown[static_cast<std::size_t>(order.side)];
  Handle level = own.find(key);
  if (level == kNone) {
    if (store_.full()) return refuse(order.id, Reject::too_many_orders);
    level =
        store_.take_level(key, level_mark(order.instrument, order.side, Where::shown));
    own.insert(key, level);
  } else {
    std::int64_t total;
    if (__builtin_add_overflow(store_.at(level).quantity, left.n, &total))
      return refuse(order.id, Reject::quantity_overflow);
    if (store_.full()) return refuse(order.id, Reject::too_many_orders);
  }
  rest_plain(m, order, left, level, place);
  return Reject::none;
}

// The instrument is not without dark orders, stops, states or settings, or the order's
// owner may have a self-trade rule.
template <class Listener>
Reject Engine<Listener>::submit_guarded(Market& m, const NewOrder& order) {
  if ((m.guard & (guard::state | guard::settings)) != 0 ||
      (order.owner != 0 && !accounts_.empty()))
    return submit(order, kNoTerms);
  const Side across = opposite(order.side);
  const Key worst = key_of(across, order.price);
  if ((m.guard & guard::dark) == 0 || !meets_dark(m, across, worst))
    return submit_plain(m, order);
  const auto own = static_cast<std::size_t>(order.side);
  if (m.special->conditional[own ^ 1] != 0 || store_.full() ||
      m.shown[own].find(key_of(order.side, order.price)) != kNone)
    return submit(order, kNoTerms);
  return submit_among_dark(m, order, worst);
}

template <class Listener>
Reject Engine<Listener>::submit_among_dark(Market& m, const NewOrder& order,
                                           Key worst) {
  if (store_.find(order.id) != kNone) return refuse(order.id, Reject::duplicate_id);
  Lots left = order.quantity;
  listener_->accepted(order);
  trade_plain<true>(m, order, worst, left);
  if (left.n == 0) {
    after(m, order.instrument);
  } else if (order.time_in_force == TimeInForce::ioc) {
    listener_->canceled(
        {order.id, order.instrument, order.owner, order.side, order.price, left, {}},
        Gone::unfilled);
    after(m, order.instrument);
  } else {
    const Key key = key_of(order.side, order.price);
    const Handle level = store_.shown_level(m, order.instrument, order.side, key);
    rest_plain(m, order, left, level, store_.place(order.id));
  }
  return Reject::none;
}

// Makers without conditions, and nobody of the order's own party.  Pegs keep the prices
// that they had when this began.
template <class Listener>
template <bool among_dark>
void Engine<Listener>::trade_plain(Market& m, const NewOrder& order, Key worst,
                                   Lots& left) {
  const Side across = opposite(order.side);
  PriceLevels& levels = m.shown[static_cast<std::size_t>(across)];
  while (left.n > 0) {
    if constexpr (among_dark) {
      const DarkPlace dark = first_dark(m, across);
      if (dark.order != kNone && dark.key >= worst && dark.key > levels.best_key()) {
        trade_special(m, order, dark.order, dark.key, left);
        continue;
      }
    }
    if (levels.best_key() < worst) return;
    const Handle level = levels.best();
    const Ticks price = price_of(across, levels.best_key());
    const Handle maker = store_.at(level).next;
    Entry& e = store_.at(maker);
    if (is_special(e.mark)) [[unlikely]] {
      trade_special(m, order, maker, kNoKey, left);
      continue;
    }
    const Lots quantity = std::min(left, Lots{e.quantity});
    left -= quantity;
    Trade trade{.match = ++matches_,
                .instrument = order.instrument,
                .maker_side = across,
                .maker_shown = true,
                .price = price,
                .quantity = quantity,
                .maker = e.name,
                .taker = order.id,
                .maker_owner = e.mark,
                .taker_owner = order.owner,
                .maker_left = Lots{e.quantity} - quantity,
                .taker_left = left};
    if (trade.maker_left.n > 0) {
      e.quantity -= quantity.n;
      store_.at(level).quantity -= quantity.n;
    } else {
      store_.leave_shown(m, maker);
      store_.drop(maker);
    }
    note_trade_plain(m, price);
    listener_->traded(trade);
  }
}

// One maker that is not plain: displayed, or dark with its key.
template <class Listener>
void Engine<Listener>::trade_special(Market& m, const NewOrder& order, Handle maker,
                                     Key dark, Lots& left) {
  Incoming in;
  in.id = order.id;
  in.instrument = order.instrument;
  in.owner = order.owner;
  in.side = order.side;
  in.left = left;
  if (dark != kNoKey) {
    trade_dark(m, in, maker, price_of(opposite(order.side), dark));
  } else {
    trade_shown(m, in, maker, std::min(left, Lots{store_.at(maker).quantity}));
  }
  left = in.left;
}

template <class Listener>
Reject Engine<Listener>::cancel(OrderId id) {
  const auto place = store_.place(id);
  const Handle h = place.handle;
  if (h == kNone) return refuse(id, Reject::unknown_id);
  const Entry& e = store_.at(h);
  if (is_special(e.mark)) [[unlikely]] {
    const InstrumentIndex instrument = store_.extra(e).instrument;
    Market& m = store_.market(instrument);
    cancel_live(m, h, Gone::asked);
    after(m, instrument);
    return Reject::none;
  }
  const OrderView gone = view(h);
  Market& m = store_.market(gone.instrument);
  store_.leave_shown(m, h);
  store_.drop(h, place);
  listener_->canceled(gone, Gone::asked);
  after(m, gone.instrument);
  return Reject::none;
}

template <class Listener>
Reject Engine<Listener>::replace_plain(Market& m, Handle h, const Change& change) {
  const OrderView before = view(h);
  const bool same = change.new_id == change.id;
  Entry& e = store_.at(h);
  if (same && change.price == before.price && change.left <= before.left) {
    store_.at(e.level).quantity -= (before.left - change.left).n;
    e.quantity = change.left.n;
    listener_->replaced(
        {before, change.id, change.price, change.left, change.left, Place::kept});
    after(m, before.instrument);
    return Reject::none;
  }
  if (!same && store_.find(change.new_id) != kNone)
    return refuse(change.id, Reject::duplicate_id);

  const Side across = opposite(before.side);
  const Key worst = key_of(across, change.price);
  if (m.shown[static_cast<std::size_t>(across)].best_key() >= worst) {
    const NewOrder order{change.new_id, before.instrument, before.owner,
                         before.side,   OrderType::limit,  TimeInForce::day,
                         change.price,  change.left};
    store_.leave_shown(m, h);
    if (!same) store_.rename(h, change.new_id);
    listener_->replaced(
        {before, change.new_id, change.price, change.left, {}, Place::none});
    Lots left = change.left;
    trade_plain<false>(m, order, worst, left);
    if (left.n == 0) {
      store_.drop(h);
    } else {
      // Nothing rests on this side at a price that was across the touch just now.
      store_.at(h).quantity = left.n;
      join_shown(m, h, before.instrument, before.side, change.price);
      listener_->rested({change.new_id, before.instrument, before.owner, before.side,
                         change.price, left, left});
    }
    after(m, before.instrument);
    return Reject::none;
  }

  PriceLevels& own = m.shown[static_cast<std::size_t>(before.side)];
  const Key key = key_of(before.side, change.price);
  const Handle to = own.find(key);
  if (to != kNone) {
    const Entry& l = store_.at(to);
    const std::int64_t others = l.quantity - (to == e.level ? e.quantity : 0);
    std::int64_t total;
    if (__builtin_add_overflow(others, change.left.n, &total))
      return refuse(change.id, Reject::quantity_overflow);
  }
  store_.leave_shown(m, h);
  if (!same) store_.rename(h, change.new_id);
  store_.at(h).quantity = change.left.n;
  join_shown(m, h, before.instrument, before.side, change.price);
  listener_->replaced(
      {before, change.new_id, change.price, change.left, change.left, Place::back});
  after(m, before.instrument);
  return Reject::none;
}

}  // namespace ai_trading::matching
