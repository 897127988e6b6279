// A slow twin of stops and pegs.  It reads the public feed, our own commands and which
// trades were ours, and looks at every order for every price: docs/matching.md again.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "ai_trading/matching/orders.hpp"
#include "ai_trading/venue/order_flow.hpp"
#include "sim/feed_book.hpp"

namespace ai_trading::sim {

using matching::PegTo;
using matching::Terms;
using matching::TriggerOn;

// An order of ours that was accepted, or the new terms of a peg.
struct Ours {
  OrderId id{};
  Side side{};
  Ticks limit;  // of a peg or a plain order
  Lots left;
  Terms terms;

  [[nodiscard]] bool is_peg() const { return terms.peg != PegTo::none; }
  [[nodiscard]] bool is_stop() const { return terms.stop.n != 0 || terms.trail != 0; }
};
// Where a stop stood, when somebody asked.
struct Look {
  OrderId id{};
  std::optional<Ticks> stop;
};
// One command, the crowd's or ours, with what was published of it.
struct Step {
  std::int64_t at{};
  std::vector<Look> looks;  // asked before it
  std::optional<Ours> ours;
  std::vector<Event> events;
};
// Ours have ids from here up.
constexpr OrderId kOurIds = venue::OrderFlow::kOwnIds;
// Of a trade of ours.
struct Parties {
  OrderId taker{}, maker{};
};
struct Trigger {
  OrderId id{};
  std::int64_t at{};

  friend bool operator==(const Trigger&, const Trigger&) = default;
};

// A stop, and what the twin makes of it.
struct TwinStop {
  OrderId id{};
  Side side{};
  Terms terms;
  std::optional<Ticks> at;    // where it triggers
  std::optional<Ticks> best;  // what a trailing one has followed
  bool met{};
  bool fired{};

  // Looks at a price; true where that meets it.
  bool see(Ticks price) {
    const std::int64_t s = sign(side);
    if (at && s * price.n >= s * at->n) return true;
    if (terms.trail != 0 && (!best || s * price.n < s * best->n)) {
      best = price;
      std::int64_t distance = terms.trail;
      if (terms.trail_by == matching::TrailBy::basis_points)
        distance = std::max<std::int64_t>(1, price.n * terms.trail / 10'000);
      at = Ticks{price.n + s * distance};
    }
    return false;
  }
  [[nodiscard]] std::optional<Ticks> watched(const Touch& touch,
                                             std::optional<Ticks> last) const {
    const auto& [bid, ask] = touch;
    if (terms.trigger == TriggerOn::last) return last;
    if (terms.trigger == TriggerOn::quote) return side == Side::buy ? ask : bid;
    if (!bid || !ask) return std::nullopt;
    return Ticks{(bid->n + ask->n) >> 1};
  }
};

inline std::optional<Ticks> peg_price(const Ours& peg, const Touch& touch) {
  const auto& [bid, ask] = touch;
  std::optional<Ticks> from;
  if (peg.terms.peg == PegTo::primary) from = peg.side == Side::buy ? bid : ask;
  if (peg.terms.peg == PegTo::market) from = peg.side == Side::buy ? ask : bid;
  if (peg.terms.peg == PegTo::midpoint && bid && ask) {
    const std::int64_t sum = bid->n + ask->n;
    from = Ticks{peg.side == Side::buy ? sum >> 1 : -(-sum >> 1)};
  }
  if (!from) return std::nullopt;
  const Ticks wanted{from->n + sign(peg.side) * peg.terms.offset.n};
  return better(peg.side, wanted, peg.limit) ? peg.limit : wanted;
}

class Twin {
 public:
  explicit Twin(std::map<std::uint64_t, Parties> ours) : ours_(std::move(ours)) {}

  std::vector<Trigger> triggered;
  std::vector<std::string> wrong;
  std::size_t looked{}, pegs_traded{};

  void play(const Step& step) {
    now_ = step.at;
    for (const Look& look : step.looks) check(look);
    if (step.ours) take(*step.ours);
    begin_walk(0);
    for (const Event& e : step.events) {
      const auto print = book_.print(e);
      if (print) begin_trade(*print);
      book_.apply(e);
      if (print) note(print->price);
    }
    while (fire_next() != 0) {
    }
    check_nobody_meets();
  }

 private:
  void take(const Ours& order) {
    if (order.is_peg()) {
      for (const Ours& peg : pegs_)
        if (peg.id == order.id && peg.limit == order.limit && peg.terms == order.terms)
          return;  // it keeps its place
      std::erase_if(pegs_, [&](const Ours& peg) { return peg.id == order.id; });
      pegs_.push_back(order);  // the last to come to rest
      return;
    }
    if (!order.is_stop()) return;  // the feed tells what it does
    TwinStop stop{order.id, order.side, order.terms, {}, {}, false, false};
    if (stop.terms.trail == 0) stop.at = stop.terms.stop;
    const auto price = stop.watched(book_.touch(), last_);
    if (price) stop.met = stop.see(*price);
    stops_.push_back(stop);
  }

  void check(const Look& look) {
    const auto stop = std::ranges::find(stops_, look.id, &TwinStop::id);
    ++looked;
    if (look.stop != (stop->fired ? std::nullopt : stop->at))
      blame(look.id, "stands elsewhere");
  }

  // Somebody begins to look for partners; before one of our stops does, all were looked
  // at.
  void begin_walk(OrderId taker) {
    if (std::ranges::find(stops_, taker, &TwinStop::id) != stops_.end())
      for (OrderId next = fire_next(); next != 0 && next != taker;) next = fire_next();
    walker_ = taker;
    touch_ = book_.touch();
  }

  // What the feed shows of a trade, before it changes the book.
  void begin_trade(const Print& print) {
    const auto own = ours_.find(print.match);
    Parties parties = own == ours_.end() ? Parties{} : own->second;
    if (parties.taker < kOurIds) parties.taker = 0;  // the crowd, whom nobody names
    const auto taker = std::ranges::find(pegs_, parties.taker, &Ours::id);
    const auto beyond = [&] {  // of what the peg that takes may pay
      return taker != pegs_.end() &&
             better(taker->side, print.price,
                    peg_price(*taker, touch_).value_or(print.price));
    };
    if (parties.taker != walker_ || beyond()) begin_walk(parties.taker);
    if (beyond()) blame(parties.taker, "paid too much");
    const auto maker = std::ranges::find(pegs_, parties.maker, &Ours::id);
    check_place(print, maker);
    for (const auto peg : {taker, maker})
      if (peg != pegs_.end()) peg->left.n -= print.quantity;
    std::erase_if(pegs_, [](const Ours& peg) { return peg.left.n == 0; });
  }

  // Nobody better was passed: by price, displayed before dark, then who came first.
  void check_place(const Print& print, std::vector<Ours>::iterator maker) {
    const bool dark = maker != pegs_.end();
    if (dark) {
      ++pegs_traded;
      if (peg_price(*maker, touch_) != print.price)
        blame(maker->id, "traded elsewhere");
    }
    const auto shown = book_.touch()[static_cast<std::size_t>(print.side)];
    if (dark && shown && !better(print.side, print.price, *shown))
      blame(maker->id, "traded before a displayed order");
    for (auto peg = pegs_.begin(); peg != pegs_.end(); ++peg) {
      const auto price = peg_price(*peg, touch_);
      if (peg->side != print.side || !price) continue;
      if (better(print.side, *price, print.price) ||
          (dark && peg < maker && *price == print.price))
        blame(peg->id, "was passed");
    }
  }

  void note(Ticks price) {
    last_ = price;
    for (TwinStop& stop : stops_)
      if (stop.terms.trigger == TriggerOn::last && !stop.fired && !stop.met)
        stop.met = stop.see(price);
  }

  // Lets all stops look at the market; the first that is met is an order from now on.
  OrderId fire_next() {
    const Touch touch = book_.touch();
    TwinStop* first = nullptr;
    const auto rank = [](const TwinStop& stop) {
      return std::tuple(stop.terms.trigger, stop.side, sign(stop.side) * stop.at->n);
    };
    for (TwinStop& stop : stops_) {
      if (stop.fired) continue;
      if (stop.terms.trigger != TriggerOn::last) {
        const auto price = stop.watched(touch, last_);
        stop.met = price && stop.see(*price);
      }
      if (stop.met && (first == nullptr || rank(stop) < rank(*first))) first = &stop;
    }
    if (first == nullptr) return 0;
    first->fired = true;
    triggered.push_back({first->id, now_});
    return first->id;
  }

  // After a command no peg can trade, neither with the displayed nor with another.
  void check_nobody_meets() {
    const Touch touch = book_.touch();
    for (const Ours& peg : pegs_) {
      const auto price = peg_price(peg, touch);
      if (!price) continue;
      const auto meets = [&](std::optional<Ticks> other) {
        return other && !better(opposite(peg.side), *price, *other);
      };
      bool met = meets(touch[static_cast<std::size_t>(opposite(peg.side))]);
      for (const Ours& other : pegs_)
        met = met || (other.side != peg.side && meets(peg_price(other, touch)));
      if (met) blame(peg.id, "could have traded");
    }
  }

  void blame(OrderId id, const std::string& what) {
    wrong.push_back(std::to_string(id) + " " + what + " at " + std::to_string(now_));
  }

  std::map<std::uint64_t, Parties> ours_;
  FeedBook book_;
  std::vector<TwinStop> stops_;
  std::vector<Ours> pegs_;  // by when they came to rest
  std::optional<Ticks> last_;
  OrderId walker_{};
  Touch touch_;  // when that began to trade
  std::int64_t now_{};
};

}  // namespace ai_trading::sim
