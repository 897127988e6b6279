// Orders of ours with more terms than a price, as replayed venues hold them.
//
// They stand in front of a venue (exchange_special.ipp has what becomes of them): stops
// that wait for a price, what an iceberg has in reserve, what a peg follows, and when an
// order good till a date ends, which outlive a session, and which trade only so much at a
// time.  A venue makes a Conditional for the first of them: until then one compare per
// event is all they cost.
//
// Stops       wait by instrument, by what they watch and by side.  A buy stop is met
//             where the price watched is at its stop or higher, a sell stop where it is
//             there or lower.  A trailing stop looks first whether it is met, then
//             follows a better price.  Each list keeps two thresholds, between which
//             nothing can happen: most prices cost two compares.
// Order       of stops met at once: watching trades, then quotes, then midpoints; buys
//             before sells; buys by lowest stop, sells by highest; then by arrival.
// Bounded     each stop is triggered at most once, and our own fills are no trades of the
//             market: they trigger nothing.
// Cost        O(1) per price between the thresholds, else O(stops of the list); O(stops of
//             the instrument) to find one by id.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "ai_trading/base/amendment.hpp"
#include "ai_trading/base/money.hpp"
#include "ai_trading/base/order_terms.hpp"
#include "ai_trading/matching/orders.hpp"

namespace ai_trading::venue {

// A stop that waits for its price.
struct WaitingStop {
  OrderId id{};
  Side side{};
  OrderType type{};
  matching::TriggerOn trigger{};
  matching::TrailBy trail_by{};
  Ticks stop;
  Ticks limit;  // of a stop limit
  Lots quantity;
  std::int64_t trail{};  // of a trailing one: how far it stays behind
  Ticks best;            // and the best price it has followed
  Nanos arrived;
  std::uint64_t stamp{};  // its place among those that came here

  [[nodiscard]] bool trails() const { return type == OrderType::trailing_stop; }
  // The distance of a trailing stop from a price, rounded towards zero, at least a tick.
  [[nodiscard]] std::int64_t distance(Ticks from) const {
    if (trail_by == matching::TrailBy::ticks) return trail;
    const std::int64_t size = from.n < 0 ? -from.n : from.n;
    const auto part = static_cast<std::int64_t>(Int128{size} * trail / 10'000);
    return std::max<std::int64_t>(1, part);
  }
  void follow(Ticks price) {
    best = price;
    stop = Ticks{price.n + sign(side) * distance(price)};
  }
};

// Those of one side that watch one thing.
class StopList {
 public:
  [[nodiscard]] const std::vector<WaitingStop>& all() const { return stops_; }
  [[nodiscard]] bool empty() const { return stops_.empty(); }

  void add(const WaitingStop& stop) {
    stops_.push_back(stop);
    narrow(stop);
  }

  // The price watched is this: those that it meets move to `met`, others follow.  Those
  // that arrived after `until` do not see it.
  void see(Ticks price, std::vector<WaitingStop>& met,
           Nanos until = Nanos{std::numeric_limits<std::int64_t>::max()}) {
    if (stops_.empty()) return;
    const std::int64_t at = sign(stops_.front().side) * price.n;
    if (at < met_at_ && at >= follow_below_) [[likely]]
      return;
    std::erase_if(stops_, [&](WaitingStop& stop) {
      if (stop.arrived > until) return false;
      const std::int64_t towards = sign(stop.side);
      if (at >= towards * stop.stop.n) {
        met.push_back(stop);
        return true;
      }
      if (stop.trails() && at < towards * stop.best.n) stop.follow(price);
      return false;
    });
    forget_thresholds();
  }

  // Its prices must stay as they are.
  [[nodiscard]] WaitingStop* find(OrderId id) {
    const auto at = std::ranges::find(stops_, id, &WaitingStop::id);
    return at == stops_.end() ? nullptr : &*at;
  }
  // Takes out the stop with this id.
  std::optional<WaitingStop> take(OrderId id) {
    const auto at = std::ranges::find(stops_, id, &WaitingStop::id);
    if (at == stops_.end()) return std::nullopt;
    const WaitingStop found = *at;
    stops_.erase(at);
    forget_thresholds();
    return found;
  }
  // Moves those for which `goes` holds to `out`.
  template <class Goes>
  void take_if(Goes&& goes, std::vector<WaitingStop>& out) {
    std::erase_if(stops_, [&](const WaitingStop& stop) {
      if (!goes(stop.id)) return false;
      out.push_back(stop);
      return true;
    });
    forget_thresholds();
  }

 private:
  void forget_thresholds() {
    met_at_ = std::numeric_limits<std::int64_t>::max();
    follow_below_ = std::numeric_limits<std::int64_t>::min();
    for (const WaitingStop& stop : stops_) narrow(stop);
  }
  void narrow(const WaitingStop& stop) {
    met_at_ = std::min(met_at_, sign(stop.side) * stop.stop.n);
    if (stop.trails())
      follow_below_ = std::max(follow_below_, sign(stop.side) * stop.best.n);
  }

  std::vector<WaitingStop> stops_;  // by arrival
  // Prices times the side's sign: the least that meets one, and below which one follows.
  std::int64_t met_at_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t follow_below_ = std::numeric_limits<std::int64_t>::min();
};

// The stops of one instrument.
class Stops {
 public:
  std::optional<Ticks> last;     // trade of the market
  std::vector<WaitingStop> met;  // but the market does not trade now

  [[nodiscard]] StopList& list(matching::TriggerOn trigger, Side side) {
    return lists_[static_cast<std::size_t>(trigger) * 2 +
                  static_cast<std::size_t>(side)];
  }
  void add(const WaitingStop& stop) { list(stop.trigger, stop.side).add(stop); }
  [[nodiscard]] bool watch(matching::TriggerOn trigger) {
    return !list(trigger, Side::buy).empty() || !list(trigger, Side::sell).empty();
  }

  // The market traded at this price.
  void see_trade(Ticks price) {
    last = price;
    for (const Side side : {Side::buy, Side::sell})
      list(matching::TriggerOn::last, side).see(price, met);
  }
  // The best prices are these.
  void see_touch(std::optional<Ticks> bid, std::optional<Ticks> ask) {
    using matching::TriggerOn;
    if (ask) list(TriggerOn::quote, Side::buy).see(*ask, met);
    if (bid) list(TriggerOn::quote, Side::sell).see(*bid, met);
    if (!bid || !ask) return;
    const Ticks middle = between(*bid, *ask);
    for (const Side side : {Side::buy, Side::sell})
      list(TriggerOn::midpoint, side).see(middle, met);
  }
  // Rounded down.
  [[nodiscard]] static Ticks between(Ticks bid, Ticks ask) {
    return Ticks{(bid.n + ask.n) >> 1};
  }

  std::optional<WaitingStop> take(OrderId id) {
    const auto at = std::ranges::find(met, id, &WaitingStop::id);
    if (at != met.end()) {
      const WaitingStop found = *at;
      met.erase(at);
      return found;
    }
    for (StopList& stops : lists_)
      if (const auto found = stops.take(id)) return found;
    return std::nullopt;
  }

  [[nodiscard]] WaitingStop* find(OrderId id) {
    const auto at = std::ranges::find(met, id, &WaitingStop::id);
    if (at != met.end()) return &*at;
    for (StopList& stops : lists_)
      if (WaitingStop* found = stops.find(id)) return found;
    return nullptr;
  }

  // Those that were met, in the order in which they become orders.
  [[nodiscard]] std::vector<WaitingStop> take_met() {
    std::vector<WaitingStop> out = std::exchange(met, {});
    std::ranges::sort(out, {}, [](const WaitingStop& stop) {
      return std::tuple(stop.trigger, stop.side, sign(stop.side) * stop.stop.n,
                        stop.stamp);
    });
    return out;
  }

  // Every stop for which `goes` holds leaves, by arrival.
  template <class Goes>
  [[nodiscard]] std::vector<WaitingStop> take_if(Goes&& goes) {
    std::vector<WaitingStop> out;
    std::erase_if(met, [&](const WaitingStop& stop) {
      if (!goes(stop.id)) return false;
      out.push_back(stop);
      return true;
    });
    for (StopList& stops : lists_) stops.take_if(goes, out);
    std::ranges::sort(out, {}, &WaitingStop::stamp);
    return out;
  }

 private:
  std::array<StopList, 6> lists_;
};

// What an iceberg does not show, and with what the next slice of it begins.
struct Iceberg {
  OrderId id{};
  Side side{};
  Ticks price;
  Lots total;
  Lots display;
  Lots reserve;
  Nanos arrived;
};

// An order whose price follows the best prices of others.
struct Peg {
  OrderId id{};
  Side side{};
  matching::PegTo to{};
  Ticks offset;
  std::optional<Ticks> limit;
  Lots total;
  Lots left;  // while it sleeps
  Nanos arrived;
  bool awake{};

  // Where it stands; nothing where what it follows is not there.
  [[nodiscard]] std::optional<Ticks> price(std::optional<Ticks> bid,
                                           std::optional<Ticks> ask) const {
    const auto own = side == Side::buy ? bid : ask;
    const auto other = side == Side::buy ? ask : bid;
    std::optional<Ticks> from;
    if (to == matching::PegTo::primary) from = own;
    if (to == matching::PegTo::market) from = other;
    if (to == matching::PegTo::midpoint && bid && ask) {
      const std::int64_t sum = bid->n + ask->n;
      from =
          Ticks{side == Side::buy ? sum >> 1 : -(-sum >> 1)};  // away from the market
    }
    if (!from) return std::nullopt;
    const Ticks wanted{from->n + sign(side) * offset.n};
    return limit && better(side, wanted, *limit) ? *limit : wanted;
  }
};

class Conditional {
 public:
  explicit Conditional(std::size_t instruments)
      : stops_(instruments),
        icebergs_(instruments),
        pegs_(instruments),
        choosy_(instruments),
        spent_(instruments) {}

  // The terms of an order that is on its way here.
  void prepare(OrderId id, const matching::Terms& terms) {
    terms_[id] = terms;
    if (terms.all_or_none || terms.minimum.n > 0) choose_ = true;
  }
  [[nodiscard]] matching::Terms terms(OrderId id) const {
    const auto at = terms_.find(id);
    return at == terms_.end() ? matching::Terms{} : at->second;
  }
  // What the change of an order here has altered.
  void amend(OrderId id, const Amendment& wanted) {
    matching::Terms& terms = terms_[id];
    if (wanted.display) terms.display = *wanted.display;
  }
  // The new terms that a change on its way here asks for.
  void prepare_change(std::uint64_t request, const Amendment& wanted) {
    changes_[request] = wanted;
  }
  [[nodiscard]] Amendment take_change(std::uint64_t request) {
    const auto row = changes_.extract(request);
    return row ? row.mapped() : Amendment{};
  }

  // The least that an order trades at a time while that is left of it; 0: anything.
  [[nodiscard]] Lots least(OrderId id) const {
    if (!choose_) return {};
    const matching::Terms wanted = terms(id);
    return wanted.all_or_none ? Lots{kMaxQuantity} : wanted.minimum;
  }
  [[nodiscard]] bool choosy(OrderId id) const { return least(id).n > 0; }
  // Where those of them that rest stand, by arrival.
  struct Place {
    OrderId id{};
    Side side{};
  };
  [[nodiscard]] std::vector<Place>& choosy_at(InstrumentIndex instrument) {
    return choosy_[instrument];
  }
  void note_choosy(InstrumentIndex instrument, OrderId id, Side side) {
    std::erase_if(choosy_[instrument], [id](const Place& it) { return it.id == id; });
    choosy_[instrument].push_back({id, side});
  }

  // Orders that the end of a session leaves alone.
  void outlive_session(OrderId id) { lasting_.insert(id); }
  [[nodiscard]] bool outlives_session(OrderId id) const {
    return lasting_.contains(id);
  }

  [[nodiscard]] Stops& stops(InstrumentIndex instrument) { return stops_[instrument]; }
  [[nodiscard]] std::vector<Iceberg>& icebergs(InstrumentIndex instrument) {
    return icebergs_[instrument];
  }
  [[nodiscard]] Iceberg* iceberg(InstrumentIndex instrument, OrderId id) {
    auto& all = icebergs_[instrument];
    const auto at = std::ranges::find(all, id, &Iceberg::id);
    return at == all.end() ? nullptr : &*at;
  }
  [[nodiscard]] std::vector<Peg>& pegs(InstrumentIndex instrument) {
    return pegs_[instrument];
  }
  [[nodiscard]] std::uint64_t next_stamp() { return ++stamp_; }

  // Orders of which an execution of one takes from the others at once.
  void link(std::uint32_t group, OrderId id) {
    groups_[group].push_back(id);
    group_of_[id] = group;
  }
  [[nodiscard]] std::span<const OrderId> linked(OrderId id) const {
    const auto at = group_of_.find(id);
    if (at == group_of_.end()) return {};
    return groups_.at(at->second);
  }
  // An order of which the others have left nothing: its cancel is on its way.
  void spend(InstrumentIndex instrument, OrderId id) { spent_[instrument].insert(id); }
  [[nodiscard]] std::set<OrderId>& spent(InstrumentIndex instrument) {
    return spent_[instrument];
  }

  struct Expiry {
    Nanos at;
    OrderId id{};
    InstrumentIndex instrument{};
    Side side{};

    friend bool operator<(const Expiry& a, const Expiry& b) {
      return std::tuple(a.at.n, a.id) < std::tuple(b.at.n, b.id);
    }
  };
  void expire_at(const Expiry& expiry) { expiries_.insert(expiry); }
  // The next that is due by `now`.
  [[nodiscard]] std::optional<Expiry> take_expired(Nanos now) {
    if (expiries_.empty() || expiries_.begin()->at > now) return std::nullopt;
    const Expiry first = *expiries_.begin();
    expiries_.erase(expiries_.begin());
    return first;
  }

 private:
  std::unordered_map<OrderId, matching::Terms> terms_;
  std::unordered_map<std::uint64_t, Amendment> changes_;
  std::vector<Stops> stops_;
  std::vector<std::vector<Iceberg>> icebergs_;
  std::vector<std::vector<Peg>> pegs_;
  std::vector<std::vector<Place>> choosy_;
  std::unordered_set<OrderId> lasting_;
  bool choose_{};  // there has been one that is choosy
  std::set<Expiry> expiries_;
  std::unordered_map<std::uint32_t, std::vector<OrderId>> groups_;
  std::unordered_map<OrderId, std::uint32_t> group_of_;
  std::vector<std::set<OrderId>> spent_;
  std::uint64_t stamp_{};
};

}  // namespace ai_trading::venue
