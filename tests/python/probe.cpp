// A strategy that uses every call and everything it may ask; two in Python do the same.
#include <array>

#include "ai_trading/sim/strategy.hpp"

using namespace ai_trading;

class Probe final : public sim::Strategy {
 public:
  explicit Probe(const Parameters& given)
      : size_{given.whole("size", 3)}, every_(given.whole("every", 5)) {}

  void on_start() override {
    subscribe_all({.quotes = true,
                   .trades = true,
                   .bars = true,
                   .book_every = static_cast<std::uint32_t>(every_)});
    timer_ = set_timer({now().n + 40'000'000'000}, {40'000'000'000});
  }

  void on_quote(const feed::Quote& q) override {
    mix(q.bid_price + 3 * q.bid_quantity + 5 * q.ask_price + 7 * q.ask_quantity);
    if (resting_ == 0 && q.bid_quantity > 0)
      resting_ = buy(q.instrument, size_, {{q.bid_price}});
  }

  void on_book(const feed::Quote& q) override {
    mix(q.timestamp);
    if (const auto place = queue_position(resting_))
      mix(static_cast<std::int64_t>(place->orders_ahead) + place->quantity_ahead.n);
    std::array<sim::Depth, 3> rows{};
    const std::size_t n = depth(q.instrument, Side::sell, rows);
    for (std::size_t i = 0; i < n; ++i) mix(rows[i].price + rows[i].quantity);
    if (const auto known = order(resting_)) mix(known->status + known->filled);
    if (books_++ % 4 == 3 && q.ask_quantity > 0)
      (void)sell(q.instrument, size_, {{q.ask_price - 1}}, true);
  }

  void on_trade(const sim::Trade& t) override {
    mix(t.price + t.quantity + t.aggressor);
    if (price(t.instrument)) mix(price(t.instrument)->n);
  }

  void on_bar(const feed::Bar& bar) override {
    mix(bar.open + bar.high + bar.low + bar.close + bar.volume);
    if (bar.close > bar.open) {
      (void)buy(bar.instrument, size_);
    } else if (position(bar.instrument).n > 0) {
      (void)sell(bar.instrument, size_, {{bar.close}});
    }
  }

  void on_timer(std::uint64_t number) override {
    mix(static_cast<std::int64_t>(number));
    mix(account().cash);
    mix(account().value);
    if (resting_ != 0) {
      if (rings_ % 2 == 0) {
        (void)cancel(resting_);
      } else if (const auto known = order(resting_)) {
        (void)modify(resting_, {known->price - 1}, {known->quantity + 1});
      }
    }
    if (++rings_ == 40) cancel_timer(timer_);
  }

  void on_order(const desk::OrderRecord& o) override {
    mix(o.status + o.reason + o.quantity + static_cast<std::int64_t>(o.order_id));
    const auto status = static_cast<OrderStatus>(o.status);
    if (o.order_id == resting_ && is_terminal(status)) resting_ = 0;
  }

  void on_fill(const desk::FillRecord& f) override {
    mix(f.price + f.quantity + f.position + f.liquidity);
    mix(position(f.instrument).n);
    const auto known = order(f.order_id);
    if (f.order_id == resting_ && known->filled == known->quantity) resting_ = 0;
  }

  void on_stop() override {}

 private:
  // All that it saw shows in what it sends: now and then it orders by the digest.
  void mix(std::int64_t seen) {
    constexpr std::int64_t kPrime = 1'000'003;
    seen_ = (seen_ * 31 + (seen % kPrime + kPrime) % kPrime) % kPrime;
    if (seen_ % 97 == 0) (void)buy(0, {1 + seen_ % 3});
  }

  Lots size_;
  std::int64_t every_;
  std::int64_t seen_{};
  OrderId resting_{};
  std::int64_t books_{};
  std::int64_t rings_{};
  std::uint64_t timer_{};
};

AI_TRADING_STRATEGY(Probe)
