// A market maker that joins the touch on both sides and follows it.
#pragma once

#include <ai_trading/sim/strategy.hpp>
#include <array>
#include <stdexcept>
#include <vector>

class Maker final : public ai_trading::sim::Strategy {
 public:
  explicit Maker(const Parameters& given)
      : size_{given.whole("size", 100)}, most_{given.whole("max_position", 500)} {
    if (size_.n < 1) throw std::invalid_argument("size must be 1 or more");
  }

  void on_start() override { working_.resize(instruments()); }

  void on_quote(const ai_trading::feed::Quote& quote) override {
    using ai_trading::Side;
    follow(quote.instrument, Side::buy, {quote.bid_price}, {quote.bid_quantity});
    follow(quote.instrument, Side::sell, {quote.ask_price}, {quote.ask_quantity});
  }

  void on_order(const ai_trading::desk::OrderRecord& order) override {
    const auto status = static_cast<ai_trading::OrderStatus>(order.status);
    if (ai_trading::is_terminal(status)) working_[order.instrument].at(order.side) = {};
  }

  void on_fill(const ai_trading::desk::FillRecord& fill) override {
    Working& mine = working_[fill.instrument].at(fill.side);
    mine.left -= {fill.quantity};
    if (mine.left.n == 0) mine = {};
  }

 private:
  struct Working {
    ai_trading::OrderId id{};  // 0: none
    ai_trading::Ticks price;
    ai_trading::Lots left;
  };

  void follow(ai_trading::InstrumentIndex instrument, ai_trading::Side side,
              ai_trading::Ticks best, ai_trading::Lots there) {
    Working& mine = working_[instrument].at(static_cast<std::size_t>(side));
    if (mine.id != 0) {
      // It leaves when the touch has moved; a new one follows when it has gone.
      if (there.n == 0 || best != mine.price) (void)cancel(mine.id);
      return;
    }
    if (there.n == 0) return;
    const std::int64_t after =
        position(instrument).n + (side == ai_trading::Side::buy ? size_.n : -size_.n);
    if (after > most_.n || after < -most_.n) return;
    mine = {submit(instrument, side, size_, best), best, size_};
  }

  ai_trading::Lots size_;
  ai_trading::Lots most_;
  std::vector<std::array<Working, 2>> working_;  // by instrument and side
};
