// Stops and pegs of ours in a made-up market that moves, against a twin that reads its
// public feed afterwards (moving_twin.hpp).
#include <gtest/gtest.h>

#include <random>

#include "sim/moving_twin.hpp"
#include "venue/flow_tools.hpp"

namespace ai_trading::sim {
namespace {

using matching::AnswerKind;
using venue::kOpen;
using venue::OrderFlow;

constexpr std::int64_t kStep = 100;

class Day {
 public:
  explicit Day(std::uint64_t seed) : chance_(seed), flow_(settings(seed)) {
    std::size_t events = 0;
    while (flow_.now() < kOpen || (flow_.open() && events < 12'000)) {
      if (flow_.now() != acted_ && flow_.now() >= kOpen && below(12) == 0) act();
      read();
      events += steps_.back().events.size();
    }
    answers_ = flow_.take_answers();
  }

  [[nodiscard]] Twin twin() const {
    std::map<std::uint64_t, Parties> ours;
    for (const matching::Answer& a : answers_)
      if (a.kind == static_cast<std::uint8_t>(AnswerKind::traded))
        ours[a.match] = {a.order_id, a.other_id};
    Twin twin(std::move(ours));
    for (const Step& step : steps_) twin.play(step);
    return twin;
  }
  // The triggers, as the market told them.
  [[nodiscard]] std::vector<Trigger> told() const {
    std::vector<Trigger> out;
    for (const matching::Answer& a : answers_)
      if (a.kind == static_cast<std::uint8_t>(AnswerKind::triggered))
        out.push_back({a.order_id, a.timestamp});
    return out;
  }
  [[nodiscard]] const Ours& order(OrderId id) const {
    return *std::ranges::find(sent_, id, &Ours::id);
  }

 private:
  static venue::FlowSettings settings(std::uint64_t seed) {
    venue::FlowSettings s;
    s.symbols = {{Ticks{1'500'000}}};
    s.seed = seed;
    s.open = kOpen;
    s.close = kOpen + venue::seconds(600.0);
    s.events = 15'000.0;
    return s;
  }
  std::uint64_t below(std::uint64_t n) { return chance_() % n; }
  std::int64_t steps_below(std::uint64_t n) {
    return kStep * static_cast<std::int64_t>(below(n));
  }

  // The events of the next command that published any: our last, or one of the crowd's.
  void read() {
    std::vector<Event> events;
    Event e{};
    do {
      if (flow_.fill(std::span(&e, 1)) == 0) break;
      events.push_back(e);
    } while ((e.flags & feed::flag::more) != 0);
    if (acted_.n != e.timestamp) steps_.push_back({e.timestamp, {}, {}, {}});
    steps_.back().events = std::move(events);
  }

  void act() {
    const auto bid = flow_.books().best(0, Side::buy);
    const auto ask = flow_.books().best(0, Side::sell);
    if (!bid || !ask) return;
    acted_ = flow_.now();
    Step step{acted_.n, {}, {}, {}};
    for (const Ours& order : sent_)
      if (order.is_stop() && below(4) == 0)
        step.looks.push_back({order.id, flow_.stop_price(order.id)});
    const std::uint64_t what = below(5);
    const Ticks near = below(2) == 0 ? bid->price : ask->price;
    const Side side = near == bid->price ? Side::sell : Side::buy;
    if (what < 2) step.ours = send_stop(side, near);
    if (what == 2) step.ours = send_peg(side);
    if (what == 3) step.ours = change_peg(near);
    if (what == 4) quote(side, bid->price, ask->price);
    steps_.push_back(std::move(step));
  }

  std::optional<Ours> send(Ours order, OrderType type) {
    order.id = OrderFlow::kOwnIds + 1 + sent_.size();
    order.left = Lots{static_cast<std::int64_t>(1 + below(400))};
    matching::NewOrder asked;
    asked.id = order.id;
    asked.owner = 1;
    asked.side = order.side;
    asked.type = type;
    asked.price = order.limit;
    asked.quantity = order.left;
    const bool plain = type == OrderType::limit;  // which has a short way of its own
    const Reject bad = plain ? flow_.submit(asked) : flow_.submit(asked, order.terms);
    if (bad != Reject::none) return std::nullopt;
    sent_.push_back(order);
    return order;
  }
  // Inside the spread, off the crowd's steps: what halves it then is rounded.
  void quote(Side side, Ticks bid, Ticks ask) {
    const auto room = static_cast<std::uint64_t>(ask.n - bid.n);
    if (room < 2) return;
    const Ticks price{bid.n + 1 + static_cast<std::int64_t>(below(room - 1))};
    (void)send({0, side, price, {}, {}}, OrderType::limit);
  }
  std::optional<Ours> send_stop(Side side, Ticks near) {
    Ours order{0, side, {}, {}, {}};
    order.terms.trigger = static_cast<TriggerOn>(below(3));
    const std::int64_t away = kStep + steps_below(6);
    if (below(2) == 0) {
      order.terms.stop = Ticks{near.n + sign(side) * away};
      return send(order, OrderType::stop);
    }
    order.terms.trail = away;
    if (below(4) == 0) {
      order.terms.trail_by = matching::TrailBy::basis_points;
      order.terms.trail = 1 + static_cast<std::int64_t>(below(5));
    }
    return send(order, OrderType::trailing_stop);
  }
  std::optional<Ours> send_peg(Side side) {
    Ours order{0, side, Ticks{sign(side) * kMaxPrice}, {}, {}};
    order.terms.peg = static_cast<PegTo>(1 + below(3));
    order.terms.offset = Ticks{steps_below(4) - 2 * kStep};
    return send(order, OrderType::pegged);
  }
  // Another offset, and another limit now and then.
  std::optional<Ours> change_peg(Ticks near) {
    std::vector<Ours*> live;
    for (Ours& order : sent_)
      if (order.is_peg() && flow_.order(order.id)) live.push_back(&order);
    if (live.empty()) return std::nullopt;
    Ours& peg = *live[below(live.size())];
    Ours changed = peg;
    changed.terms.offset = Ticks{steps_below(4) - 2 * kStep};
    if (below(2) == 0) changed.limit = near;
    changed.left = flow_.order(peg.id)->left;
    if (flow_.change({peg.id,
                      peg.id,
                      changed.limit,
                      changed.left,
                      {},
                      changed.terms.offset,
                      {}}) != Reject::none)
      return std::nullopt;
    return peg = changed;
  }

  std::mt19937_64 chance_;
  OrderFlow flow_;
  std::vector<Step> steps_;
  std::vector<Ours> sent_;
  std::vector<matching::Answer> answers_;
  Nanos acted_;
};

TEST(MovingMarket, StopsAndPegsDoWhatTheTwinReadsFromTheFeed) {
  std::map<std::pair<TriggerOn, bool>, std::size_t> triggers;  // trailing or not
  std::size_t together = 0, looked = 0, pegs_traded = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const Day day(seed);
    const Twin twin = day.twin();
    const std::vector<Trigger> told = day.told();

    const auto [here, there] = std::ranges::mismatch(told, twin.triggered);
    EXPECT_TRUE(here == told.end() && there == twin.triggered.end())
        << "seed " << seed << ", trigger " << here - told.begin() << " of "
        << told.size() << " and " << twin.triggered.size();
    EXPECT_TRUE(twin.wrong.empty())
        << "seed " << seed << ": " << twin.wrong.size() << ", " << twin.wrong.front();
    for (std::size_t i = 0; i < told.size(); ++i) {
      const Terms& terms = day.order(told[i].id).terms;
      ++triggers[{terms.trigger, terms.trail != 0}];
      together += i > 0 && told[i].at == told[i - 1].at ? 1U : 0U;
    }
    looked += twin.looked;
    pegs_traded += twin.pegs_traded;
  }

  for (const TriggerOn on : {TriggerOn::last, TriggerOn::quote, TriggerOn::midpoint})
    for (const bool trails : {false, true}) EXPECT_GT((triggers[{on, trails}]), 50U);
  EXPECT_GT(together, 100U);
  EXPECT_GT(looked, 1'000U);
  EXPECT_GT(pegs_traded, 100U);
}

}  // namespace
}  // namespace ai_trading::sim
