// Engine: trading states, bands and auctions.  Included by engine.hpp.
#pragma once

namespace ai_trading::matching {

template <class Listener>
Reject Engine<Listener>::set_state(InstrumentIndex instrument, TradingState state,
                                   AuctionKind kind) {
  if (instrument >= store_.max_instruments())
    return refuse(0, Reject::unknown_instrument);
  if (static_cast<std::uint8_t>(state) > 4 || static_cast<std::uint8_t>(kind) > 2)
    return refuse(0, Reject::not_supported_here);
  Market& m = store_.market(instrument);
  const bool auction = state == TradingState::auction;
  if (state == m.state && (!auction || kind == m.auction)) return Reject::none;

  Special& s = store_.special(m);
  const bool opens = state == TradingState::continuous;
  const bool closes = state == TradingState::closed;
  if (m.state == TradingState::pre_open) m.auction = AuctionKind::opening;
  if (opens || (closes && m.state == TradingState::auction)) {
    uncross(m, instrument);
  } else if (closes) {
    end_waiting(m, {});
  }
  m.state = state;
  if (auction) {
    m.auction = kind;
    s.said = {instrument, {}, {}, {}};
  }
  if (closes) remember_met(m);
  s.stir();
  if (!opens) s.best_peg = {kNoKey, kNoKey};
  set_guard(m);
  listener_->state_changed({instrument, state, kind});
  if (auction && kind == AuctionKind::closing) join_held(m);
  after(m, instrument);
  return Reject::none;
}

template <class Listener>
void Engine<Listener>::join_held(Market& m) {
  std::vector<Handle> joining;
  joining.swap(m.special->held);
  for (const Handle h : joining) {
    Incoming in = incoming(h);
    if (in.type == OrderType::market) {
      place_waiting(m, h);
    } else {
      rest(m, in);
    }
  }
}

template <class Listener>
Reject Engine<Listener>::set_bands(InstrumentIndex instrument, Ticks low, Ticks high) {
  if (instrument >= store_.max_instruments())
    return refuse(0, Reject::unknown_instrument);
  if (low > high || high.n > kMaxPrice || low.n < -kMaxPrice)
    return refuse(0, Reject::price_out_of_range);
  Market& m = store_.market(instrument);
  Special& s = store_.special(m);
  s.banded = true;
  s.band_low = low;
  s.band_high = high;
  s.stir();
  set_guard(m);
  for (const Side side : {Side::buy, Side::sell}) {
    doomed_.clear();
    for (const OrderId id : collect(instrument)) {
      const Handle h = store_.find(id);
      const Incoming in = incoming(h);
      const bool limited = has_price(in.type) && in.type != OrderType::pegged;
      const bool stop = is_special(store_.at(h).mark) &&
                        store_.extra(store_.at(h)).where == Where::stop;
      if (in.side == side && limited && !stop && outside_band(m, side, in.price))
        doomed_.push_back(id);
    }
    for (const OrderId id : doomed_) cancel_live(m, store_.find(id), Gone::band);
  }
  after(m, instrument);
  return Reject::none;
}

template <class Listener>
Reject Engine<Listener>::clear_bands(InstrumentIndex instrument) {
  if (instrument >= store_.max_instruments())
    return refuse(0, Reject::unknown_instrument);
  Market& m = store_.market(instrument);
  Special& s = store_.special(m);
  s.banded = false;
  s.band_low = Ticks{-kMaxPrice};
  s.band_high = Ticks{kMaxPrice};
  s.stir();
  set_guard(m);
  after(m, instrument);
  return Reject::none;
}

template <class Listener>
Reject Engine<Listener>::set_reference(InstrumentIndex instrument, Ticks price) {
  if (instrument >= store_.max_instruments())
    return refuse(0, Reject::unknown_instrument);
  if (price.n > kMaxPrice || price.n < -kMaxPrice)
    return refuse(0, Reject::price_out_of_range);
  Market& m = store_.market(instrument);
  m.reference = price;
  after(m, instrument);
  return Reject::none;
}

template <class Listener>
Reject Engine<Listener>::set_account(OwnerId owner, Account account) {
  if (owner == 0 || owner > kMaxOwner ||
      static_cast<std::uint8_t>(account.self_trade) > 5)
    return refuse(0, Reject::not_supported_here);
  if (account.self_trade == SelfTrade::inherit) account.self_trade = SelfTrade::allow;
  remember(owner, account);
  return Reject::none;
}

template <class Listener>
Reject Engine<Listener>::configure(InstrumentIndex instrument,
                                   const InstrumentSettings& settings) {
  constexpr std::int64_t kMostIncrement = std::int64_t{1} << 40;
  if (instrument >= store_.max_instruments())
    return refuse(0, Reject::unknown_instrument);
  if (settings.increment.n < 1 || settings.increment.n > kMostIncrement)
    return refuse(0, Reject::price_out_of_range);
  if (settings.least_share.n < 1) return refuse(0, Reject::quantity_not_positive);
  if (static_cast<std::uint8_t>(settings.allocation) > 2)
    return refuse(0, Reject::not_supported_here);
  Market& m = store_.market(instrument);
  if (!collect(instrument).empty()) return refuse(0, Reject::not_in_this_state);
  store_.special(m).settings = settings;
  for (PriceLevels& levels : m.shown) levels.set_step(settings.increment.n);
  set_guard(m);
  return Reject::none;
}

// What takes part, aggregated by price, best first.
template <class Listener>
std::optional<AuctionResult> Engine<Listener>::auction(const Market& m,
                                                       AuctionSides& sides) const {
  std::array<std::int64_t, 2> market{};
  const auto add = [](std::int64_t& total, std::int64_t more) {
    if (__builtin_add_overflow(total, more, &total))
      total = std::numeric_limits<std::int64_t>::max();
  };
  for (const Side side : {Side::buy, Side::sell}) {
    const auto at = static_cast<std::size_t>(side);
    std::vector<AuctionLevel>& out = sides[at];
    out.clear();
    const PriceLevels* dark = m.special ? &m.special->dark[at] : nullptr;
    Key shown = m.shown[at].best_key();
    Key hidden = dark != nullptr ? dark->best_key() : kNoKey;
    while (shown != kNoKey || hidden != kNoKey) {
      const Key key = std::max(shown, hidden);
      std::int64_t total = 0;
      const auto sum = [&](Handle level) {
        for (Handle h = store_.at(level).next; h != level; h = store_.at(h).next) {
          const Entry& e = store_.at(h);
          if (is_special(e.mark)) {
            if (store_.extra(e).conditional()) continue;
            add(total, store_.extra(e).reserve);
          }
          add(total, e.quantity);
        }
      };
      if (shown == key) {
        sum(m.shown[at].find(key));
        shown = m.shown[at].below(key);
      }
      if (hidden == key) {
        sum(dark->find(key));
        hidden = dark->below(key);
      }
      if (total > 0) out.push_back({price_of(side, key), Lots{total}});
    }
    const Handle waiting = m.special ? m.special->waiting[at] : kNone;
    if (waiting == kNone) continue;
    for (Handle h = store_.at(waiting).next; h != waiting; h = store_.at(h).next)
      add(market[at], store_.at(h).quantity);
  }
  const Ticks step = m.special ? m.special->settings.increment : Ticks{1};
  return auction_price(sides[0], sides[1], Lots{market[0]}, Lots{market[1]},
                       m.reference, step);
}

template <class Listener>
Indicative Engine<Listener>::indicative(InstrumentIndex instrument) const {
  Indicative out{instrument, {}, {}, {}};
  if (instrument >= store_.instruments()) return out;
  AuctionSides sides;
  const auto result = auction(store_.known(instrument), sides);
  if (result) out = {instrument, result->price, result->volume, result->imbalance};
  return out;
}

template <class Listener>
void Engine<Listener>::tell_indicative(Market& m, InstrumentIndex instrument) {
  const auto result = auction(m, sides_);
  Indicative now{instrument, {}, {}, {}};
  if (result) now = {instrument, result->price, result->volume, result->imbalance};
  if (now == m.special->said) return;
  m.special->said = now;
  listener_->indicative(now);
}

// Who trades first on a side at the auction price.
template <class Listener>
Handle Engine<Listener>::auction_front(const Market& m, Side side, Ticks price) const {
  const auto at = static_cast<std::size_t>(side);
  const Handle waiting = m.special->waiting[at];
  if (waiting != kNone && store_.at(waiting).next != waiting)
    return store_.at(waiting).next;
  const Key worst = key_of(side, price);
  const Key shown = m.shown[at].best_key();
  const PriceLevels& dark = m.special->dark[at];
  const Key better_than_shown = std::max(worst, shown + 1);
  const auto plain_dark = [&](Key least) {
    for (Key key = dark.best_key(); key >= least; key = dark.below(key)) {
      const Handle level = dark.find(key);
      for (Handle h = store_.at(level).next; h != level; h = store_.at(h).next)
        if (!store_.extra(store_.at(h)).conditional()) return h;
    }
    return kNone;
  };
  if (shown < worst) return plain_dark(worst);
  const Handle hidden = plain_dark(better_than_shown);
  return hidden != kNone ? hidden : store_.at(m.shown[at].best()).next;
}

template <class Listener>
void Engine<Listener>::uncross(Market& m, InstrumentIndex instrument) {
  Special& s = store_.special(m);
  const auto result = auction(m, sides_);
  if (result) {
    std::int64_t left = result->volume.n;
    while (left > 0) {
      const Handle buyer = auction_front(m, Side::buy, result->price);
      const Handle seller = auction_front(m, Side::sell, result->price);
      const std::int64_t quantity =
          std::min({left, store_.at(buyer).quantity, store_.at(seller).quantity});
      left -= quantity;
      auction_trade(m, instrument, buyer, seller, result->price, Lots{quantity});
    }
  }
  end_waiting(m, result ? std::optional<Ticks>(result->price) : std::nullopt);
  if (m.auction == AuctionKind::opening)
    end_leftovers(m, instrument, TimeInForce::at_the_open);
  if (m.auction == AuctionKind::closing)
    end_leftovers(m, instrument, TimeInForce::at_the_close);
  s.stir();
}

template <class Listener>
void Engine<Listener>::auction_trade(Market& m, InstrumentIndex instrument,
                                     Handle buyer, Handle seller, Ticks price,
                                     Lots quantity) {
  const OrderView buy = view(buyer);
  const OrderView sell = view(seller);
  const bool more_buys = take_in_auction(m, buyer, quantity);
  const bool more_sells = take_in_auction(m, seller, quantity);
  note_trade(m, price);
  listener_->traded({.match = ++matches_,
                     .instrument = instrument,
                     .maker_side = Side::sell,
                     .auction = true,
                     .maker_shown = sell.shown.n > 0,
                     .taker_shown = buy.shown.n > 0,
                     .price = price,
                     .quantity = quantity,
                     .maker = sell.id,
                     .taker = buy.id,
                     .maker_owner = sell.owner,
                     .taker_owner = buy.owner,
                     .maker_left = sell.left - quantity,
                     .taker_left = buy.left - quantity});
  if (more_buys) listener_->replenished(view(buyer));
  if (more_sells) listener_->replenished(view(seller));
}

// True where an iceberg shows its next peak.
template <class Listener>
bool Engine<Listener>::take_in_auction(Market& m, Handle h, Lots quantity) {
  Entry& e = store_.at(h);
  const Where where = is_special(e.mark) ? store_.extra(e).where : Where::shown;
  if (where == Where::shown) return reduce_shown(m, h, quantity);
  e.quantity -= quantity.n;
  if (e.quantity > 0) return false;
  detach(m, h);
  store_.drop(h);
  return false;
}

// Market orders that an auction has left: see docs/matching.md, uncross, step 3.
template <class Listener>
void Engine<Listener>::end_waiting(Market& m, std::optional<Ticks> price) {
  if (!m.special) return;
  for (const std::size_t side : {0U, 1U}) {
    const Handle waiting = m.special->waiting[side];
    if (waiting == kNone) continue;
    while (store_.at(waiting).next != waiting) {
      const Handle h = store_.at(waiting).next;
      Incoming in = incoming(h);
      if (in.type != OrderType::market_to_limit || !price) {
        cancel_live(m, h, Gone::unfilled);
        continue;
      }
      detach(m, h);
      in.price = *price;
      rest(m, in);
    }
  }
}

template <class Listener>
void Engine<Listener>::end_leftovers(Market& m, InstrumentIndex instrument,
                                     TimeInForce tif) {
  for (const Side side : {Side::buy, Side::sell}) {
    doomed_.clear();
    for (const OrderId id : collect(instrument)) {
      const Handle h = store_.find(id);
      if (view(h).side == side && time_in_force(h) == tif) doomed_.push_back(id);
    }
    for (const OrderId id : doomed_) cancel_live(m, store_.find(id), Gone::unfilled);
  }
}

}  // namespace ai_trading::matching
