#include "ai_trading/venue/market_state.hpp"

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

namespace ai_trading::venue {

using rules::LuldState;
using rules::Phase;
using rules::PriceBands;

namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument("market: " + what);
}

void check_terms(const MarketTerms& terms, const std::vector<Listing>& listings) {
  if (listings.empty()) refuse("it needs one listing or more");
  if (terms.call.n < 0 || terms.call > rules::minutes(60))
    refuse("call must lie between 0 and an hour; received " +
           std::to_string(terms.call.n) + " ns");
  if (terms.open.n < 0 || terms.close > rules::kDay || terms.open >= terms.close)
    refuse("the regular session must open before it closes, within a day");
  if (terms.on_close_until.n < 0 || terms.on_close_until > rules::kDay)
    refuse("on_close_until must lie within a day, or be 0 for no cut-off; received " +
           std::to_string(terms.on_close_until.n) + " ns");
  if (terms.index_close < 0)
    refuse("index_close must be 0 (no breaker) or positive; received " +
           std::to_string(terms.index_close));
  const bool driven = !terms.timetable.empty();
  if (!driven && terms.index_close != 0)
    refuse("a market-wide breaker needs a timetable");
  for (std::size_t i = 0; i < listings.size(); ++i) {
    const Listing& listing = listings[i];
    const std::string where = "listing " + std::to_string(i) + ": ";
    if (listing.tick_nano < 1)
      refuse(where + "tick_nano must be positive; received " +
             std::to_string(listing.tick_nano));
    if (listing.previous_close.n < 0 || listing.previous_close.n > kMaxPrice)
      refuse(where + "the previous close must be 0 (unknown) or positive; received " +
             std::to_string(listing.previous_close.n));
    if (listing.luld && (!driven || listing.previous_close.n == 0))
      refuse(where + "limit up, limit down needs a timetable and a previous close");
  }
}

rules::TickTable table_of(const Listing& listing) {
  if (listing.increments.empty()) return rules::TickTable(Ticks{1});
  return {listing.increments, listing.tick_nano};
}

rules::SessionClock clock_of(const MarketTerms& terms, std::size_t instrument) {
  if (terms.timetable.empty()) {
    const std::vector<rules::SessionStep> always{{Nanos{0}, Phase::continuous, {}}};
    return rules::SessionClock(always);
  }
  return rules::SessionClock(terms.timetable, terms.seed + instrument);
}

// 5 %, or $0.15 up to $3.00.
Ticks collar_step(Ticks hit, std::int64_t tick_nano) {
  __extension__ using Wide = __int128;
  constexpr std::int64_t kDollar = 1'000'000'000;
  if (Wide{hit.n} * tick_nano <= 3 * Wide{kDollar})
    return Ticks{kDollar * 15 / 100 / tick_nano};
  return Ticks{hit.n / 20};
}

}  // namespace

MarketTerms us_equities(Nanos midnight, Nanos close) {
  MarketTerms terms;
  terms.midnight = midnight;
  terms.timetable = rules::us_equity_day(close);
  terms.close = close;
  return terms;
}

Listing us_stock(Ticks previous_close, rules::Tier tier, std::int64_t tick_nano) {
  Listing listing;
  listing.tick_nano = tick_nano;
  listing.previous_close = previous_close;
  listing.luld = true;
  listing.tier = tier;
  const auto rows = rules::rule_612();
  for (const rules::TickRow& row : rows) {
    // A coarser tick has no finer prices.
    rules::TickRow kept = row;
    kept.step_nano = std::max(row.step_nano, tick_nano);
    listing.increments.push_back(kept);
  }
  const auto collar = rules::nyse_trading_collar();
  listing.collar.assign(collar.begin(), collar.end());
  return listing;
}

MarketState::MarketState(MarketTerms terms, std::vector<Listing> listings)
    : terms_(std::move(terms)) {
  check_terms(terms_, listings);
  for (std::size_t i = 0; i < listings.size(); ++i) {
    Listing& listing = listings[i];
    Listed made{{}, table_of(listing), {}, clock_of(terms_, i), {}};
    if (!listing.collar.empty())
      made.collar.emplace(listing.collar, listing.tick_nano, made.increments);
    if (listing.luld)
      made.luld.emplace(rules::LuldSettings{listing.tier, listing.previous_close,
                                            listing.tick_nano, listing.leverage_percent,
                                            terms_.open, terms_.close});
    if (!driven()) made.scheduled = made.phase = Phase::continuous;
    made.terms = std::move(listing);
    listed_.push_back(std::move(made));
  }
  if (terms_.index_close > 0)
    breaker_.emplace(
        rules::MarketWideSettings{terms_.index_close, terms_.open, terms_.close});
  for (InstrumentIndex i = 0; i < listed_.size(); ++i)
    find_due(i, terms_.midnight - Nanos{1});
}

// The finest step of any price within a factor of four of the previous close.
Ticks MarketState::least_step(InstrumentIndex i) const {
  const Listed& l = listed_[i];
  if (l.terms.increments.empty()) return Ticks{1};
  const std::int64_t close = l.terms.previous_close.n;
  std::int64_t least = l.increments.step(Ticks{close > 0 ? close : 1}).n;
  for (const rules::TickRow& row : l.terms.increments) {
    const std::int64_t from = row.from_nano / l.terms.tick_nano;
    const bool near = close == 0 || (from <= 4 * close && from >= close / 4);
    if (near) least = std::min(least, row.step_nano / l.terms.tick_nano);
  }
  return std::min(Ticks{least}, l.increments.step(Ticks{close / 4}));
}

Reject MarketState::check_price(InstrumentIndex i, Side side, Ticks price) const {
  const Listed& l = listed_[i];
  if (!l.terms.increments.empty() && !l.increments.allows(price))
    return Reject::price_off_increment;
  if (l.luld && price.n < 1) return Reject::price_out_of_range;
  if (l.collar && l.phase == Phase::continuous && side != Side::none) {
    const Ticks around = l.last.n > 0 ? l.last : l.terms.previous_close;
    if (around.n > 0) return l.collar->check(side, price, around);
  }
  return Reject::none;
}

Reject MarketState::check_phase(InstrumentIndex i) const {
  const Listed& l = listed_[i];
  const bool whole = l.phase == Phase::halted && l.cause == Halt::market_wide;
  return whole ? Reject::market_wide_halt : Reject::none;
}

Reject MarketState::check_auction(InstrumentIndex i, TimeInForce when,
                                  Nanos now) const {
  const Listed& l = listed_[i];
  if (!driven() || l.phase == Phase::closed) return Reject::none;
  if (when == TimeInForce::at_the_open)
    return l.opened ? Reject::auction_over : Reject::none;
  const Nanos until = terms_.on_close_until;
  return until.n > 0 && local(now) >= until ? Reject::on_close_cutoff : Reject::none;
}

bool MarketState::asks_price(InstrumentIndex i, Nanos now) const {
  const Listed& l = listed_[i];
  return l.pausing && l.reopens.n > 0 && local(now) >= l.reopens &&
         l.phase == Phase::reopening_auction;
}

void MarketState::note_pause(Listed& l) {
  if (l.pausing || !l.luld || l.luld->state() != LuldState::paused) return;
  l.pausing = true;
  if (l.luld->deadline() > l.reopens) {
    l.reopens = l.luld->deadline();
    l.why = Halt::luld;
  }
  const PriceBands bands = l.luld->last_bands();
  const Ticks hit = l.luld->hit();
  const Ticks more = collar_step(hit, l.terms.tick_nano);
  l.reopening = bands;
  if (hit == bands.upper) l.reopening->upper = hit + more;
  if (hit == bands.lower) l.reopening->lower = hit - more;
}

void MarketState::happen(InstrumentIndex i, Nanos now, std::optional<Ticks> price) {
  Listed& l = listed_[i];
  const Nanos at = local(now);
  if (!driven() || now < terms_.midnight) return;
  if (l.luld) l.luld->advance(at);
  l.scheduled = l.clock.phase(at);
  note_pause(l);
  if (l.luld && l.luld->state() == LuldState::until_close) l.pausing = false;
  if (l.reopens.n > 0 && at >= l.reopens) {
    const bool off = price && l.pausing && l.reopening && !l.reopening->holds(*price);
    if (off && l.luld->state() == LuldState::reopening) {
      l.luld->extend(at);
      l.reopens = l.luld->deadline();
      const Ticks more = collar_step(l.luld->hit(), l.terms.tick_nano);
      if (*price > l.reopening->upper) {
        l.reopening->upper += more;
      } else {
        l.reopening->lower -= more;
      }
    } else {
      l.reopens = {};
    }
  }
  if (l.scheduled != Phase::continuous) l.reopens = {};
}

MarketState::Wanted MarketState::wanted(InstrumentIndex i, Nanos now) const {
  const Listed& l = listed_[i];
  if (l.scheduled == Phase::closed) return {Phase::closed, Halt::none};
  if (stopped_) return {Phase::halted, Halt::market_wide};
  if (l.halted) return {Phase::halted, Halt::regulatory};
  if (l.scheduled != Phase::continuous) return {l.scheduled, Halt::none};
  if (l.luld && l.luld->state() == LuldState::until_close)
    return {Phase::reopening_auction, Halt::luld, terms_.close};
  if (l.reopens.n == 0) return {Phase::continuous, Halt::none};
  const bool calling = local(now) >= l.reopens - terms_.call;
  return {calling ? Phase::reopening_auction : Phase::halted, l.why, l.reopens};
}

std::optional<PriceBands> MarketState::wanted_bands(InstrumentIndex i) const {
  const Listed& l = listed_[i];
  if (!l.luld || l.phase != Phase::continuous) return std::nullopt;
  return l.luld->bands();
}

Ticks MarketState::reference(InstrumentIndex i) const {
  const Listed& l = listed_[i];
  return l.luld ? l.luld->reference().value_or(Ticks{}) : Ticks{};
}

void MarketState::traded(InstrumentIndex i, Nanos now, Ticks price) {
  Listed& l = listed_[i];
  l.last = price;
  if (l.luld && price.n > 0 && now >= terms_.midnight) {
    l.luld->trade(local(now), price);
    note_pause(l);
  }
}

void MarketState::quoted(InstrumentIndex i, Nanos now, std::optional<Ticks> bid,
                         std::optional<Ticks> offer) {
  Listed& l = listed_[i];
  if (!l.luld || now < terms_.midnight) return;
  l.luld->quote(local(now), bid, offer);
  note_pause(l);
}

void MarketState::began(InstrumentIndex i, Nanos now, std::optional<Ticks> price) {
  Listed& l = listed_[i];
  const bool first = !l.opened;
  l.opened = true;
  l.pausing = false;
  l.reopening.reset();
  if (price) l.last = *price;
  if (!l.luld) return;
  const Nanos at = local(now);
  rules::LimitUpLimitDown& luld = *l.luld;
  luld.advance(at);
  if (luld.state() == LuldState::reopening) {
    luld.reopen(at, price && price->n > 0 ? price : std::nullopt);
  } else if (first && luld.state() == LuldState::no_bands && at >= terms_.open &&
             at < terms_.close) {
    const bool in_time = at < terms_.open + rules::minutes(5);
    if (price && price->n > 0) {
      luld.open(at, *price);
    } else if (in_time) {
      luld.open(at, l.terms.previous_close, false);
    }
  }
}

void MarketState::stop(InstrumentIndex i, Nanos now) {
  Listed& l = listed_[i];
  l.halted = true;
  if (l.luld && now >= terms_.midnight) {
    l.luld->advance(local(now));
    if (l.luld->bands()) l.luld->pause(local(now), Nanos{0});
  }
}

void MarketState::go_on(InstrumentIndex i, Nanos now) {
  Listed& l = listed_[i];
  if (!l.halted) return;
  l.halted = false;
  if (l.scheduled != Phase::continuous || terms_.call.n == 0) return;
  const Nanos ends = local(now) + terms_.call;
  if (ends > l.reopens) {
    l.reopens = ends;
    l.why = Halt::regulatory;
  }
}

int MarketState::index_at(Nanos now, std::int64_t value) {
  if (!breaker_ || now < terms_.midnight) return 0;
  const Nanos at = local(now);
  const int level = breaker_->update(at, value);
  if (level == 0) return 0;
  stopped_ = stopped_ || level == 3;
  for (Listed& l : listed_) {
    if (l.scheduled != Phase::continuous) continue;
    if (l.luld && l.luld->bands()) l.luld->pause(at, Nanos{0});
    if (level < 3 && breaker_->until() > l.reopens) {
      l.reopens = breaker_->until();
      l.why = Halt::market_wide;
    }
  }
  return level;
}

// The heap of what is due: one live entry for each instrument, stale ones skipped.

namespace {

template <class Due>
bool later(const Due& a, const Due& b) {
  return a.at != b.at ? a.at > b.at : a.instrument > b.instrument;
}

}  // namespace

MarketState::Due MarketState::pop_due() {
  const Due due = due_.front();
  std::ranges::pop_heap(due_, later<Due>);
  due_.pop_back();
  listed_[due.instrument].due = kNever;
  return due;
}

void MarketState::date(Nanos at) {
  dated_.push_back(at);
  std::ranges::push_heap(dated_, std::greater<>());
}

void MarketState::drop_stale_due() {
  while (!due_.empty() && listed_[due_.front().instrument].due != due_.front().at) {
    std::ranges::pop_heap(due_, later<Due>);
    due_.pop_back();
  }
}

void MarketState::find_due(InstrumentIndex i, Nanos now) {
  Listed& l = listed_[i];
  if (!driven()) return;
  Nanos at = kNever;
  const bool today = now >= terms_.midnight;
  const Nanos here = today ? local(now) : Nanos{-1};
  const auto sooner = [&](Nanos moment) {
    if (moment > here && moment < at) at = moment;
  };
  sooner(l.clock.next_change(here));
  if (l.luld) sooner(l.luld->next_due());
  if (l.reopens.n > 0) {
    sooner(l.reopens);
    sooner(l.reopens - terms_.call);
  }
  const Nanos due = at == kNever ? kNever : terms_.midnight + at;
  if (due == l.due) return;
  l.due = due;
  if (due != kNever) {
    due_.push_back({due, i});
    std::ranges::push_heap(due_, later<Due>);
  }
  drop_stale_due();
}

// Snapshots and hashes.

template <class Visit, class Self>
void MarketState::each_field(Visit& visit, Self& self) {
  const auto maybe = [&visit](auto& bands) {
    bool known = bands.has_value();
    PriceBands held = bands.value_or(PriceBands{});
    visit(known);
    visit(held.lower.n);
    visit(held.upper.n);
    if constexpr (Visit::reads) bands = known ? std::optional(held) : std::nullopt;
  };
  visit(self.stopped_);
  if (self.breaker_) rules::MarketWideBreaker::each_field(visit, *self.breaker_);
  for (auto& l : self.listed_) {
    visit(l.scheduled);
    visit(l.phase);
    visit(l.cause);
    visit(l.until.n);
    visit(l.why);
    visit(l.halted);
    visit(l.opened);
    visit(l.pausing);
    visit(l.reopens.n);
    visit(l.last.n);
    visit(l.told);
    visit(l.due.n);
    maybe(l.bands);
    maybe(l.reopening);
    if (l.luld) rules::LimitUpLimitDown::each_field(visit, *l.luld);
  }
}

namespace {

struct Mixer {
  static constexpr bool reads = false;
  Digest& digest;
  template <class T>
  void operator()(const T& value) const {
    digest.mix(static_cast<std::uint64_t>(value));
  }
};

}  // namespace

void MarketState::mix(Digest& digest) const {
  Mixer mixer{digest};
  each_field(mixer, *this);
}

std::uint64_t MarketState::terms_digest() const {
  Digest digest;
  for (const Nanos at : {terms_.midnight, terms_.open, terms_.close, terms_.call})
    digest.mix(at.n);
  if (terms_.on_close_until.n != 0) digest.mix(terms_.on_close_until.n);
  digest.mix(terms_.index_close);
  digest.mix(terms_.seed);
  for (const rules::SessionStep& step : terms_.timetable) {
    digest.mix(step.at.n);
    digest.mix(static_cast<std::uint64_t>(step.phase));
    digest.mix(step.random.n);
  }
  for (const Listed& l : listed_) {
    const Listing& t = l.terms;
    for (const std::int64_t n :
         {t.tick_nano, t.previous_close.n, std::int64_t{t.luld},
          std::int64_t{static_cast<int>(t.tier)}, std::int64_t{t.leverage_percent},
          std::int64_t{static_cast<int>(t.allocation)}, t.least_share.n})
      digest.mix(n);
    for (const rules::TickRow& row : t.increments) {
      digest.mix(row.from_nano);
      digest.mix(row.step_nano);
    }
    for (const rules::CollarRow& row : t.collar) {
      digest.mix(row.to_nano);
      digest.mix(row.basis_points);
      digest.mix(row.least_nano);
    }
  }
  return digest.value();
}

void MarketState::save(const MarketState& self, Packer& pack) {
  each_field(pack, self);
  pack(std::uint64_t{self.dated_.size()});
  for (const Nanos at : self.dated_) pack(at.n);
}

bool MarketState::load(MarketState& self, Unpacker& read) {
  each_field(read, self);
  self.due_.clear();
  bool can_be = true;
  for (InstrumentIndex i = 0; i < self.listed_.size(); ++i) {
    const Listed& l = self.listed_[i];
    if (l.due != kNever) self.due_.push_back({l.due, i});
    can_be = can_be && l.phase <= Phase::reopening_auction &&
             l.scheduled <= Phase::reopening_auction && l.cause <= Halt::regulatory &&
             l.why <= Halt::regulatory &&
             (!l.luld || l.luld->state() <= LuldState::closed);
  }
  std::ranges::make_heap(self.due_, later<Due>);
  std::uint64_t count{};
  read(count);
  self.dated_.clear();
  for (std::uint64_t i = 0; i < count && read.whole(); ++i) {
    Nanos at;
    read(at.n);
    self.dated_.push_back(at);
  }
  std::ranges::make_heap(self.dated_, std::greater<>());
  return can_be && read.whole();
}

}  // namespace ai_trading::venue
