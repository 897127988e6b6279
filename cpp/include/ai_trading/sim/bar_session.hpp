// A run over bars.
//
// A bar is known at its end.  What a strategy sends on seeing it can trade at the open
// of the next bar of its instrument at the earliest.  Bars that end together are handled
// together: all their opens, then all their ends, then what else is due (reports, account
// samples, timers), then the strategies.
#pragma once

#include "ai_trading/sim/session.hpp"
#include "ai_trading/venue/bar_venue.hpp"

namespace ai_trading::sim {

class BarSession final : public Session {
 public:
  // `bars` rise by their end and must stay where they are until the run is over.
  BarSession(std::vector<Instrument> instruments, const Settings& settings,
             cost::Fees fees, venue::BarModel model, std::span<const feed::Bar> bars)
      : Session(instruments, settings), venue_(instruments, fees, model), bars_(bars) {
    if (settings.impact) venue_.shift_prices(*settings.impact);
    if (!settings.order_rules.empty()) venue_.keep_to(settings.order_rules);
  }

  Progress run(std::size_t budget, Handler& handler) override;

  [[nodiscard]] bool shows_book() const override { return false; }
  [[nodiscard]] std::optional<book::Level> best(InstrumentIndex, Side) const override {
    return std::nullopt;
  }
  std::size_t depth(InstrumentIndex, Side, std::span<book::Level>) const override {
    return 0;
  }
  [[nodiscard]] std::optional<book::QueuePosition> queue_position(
      OrderId) const override {
    return std::nullopt;
  }

 protected:
  void execute(const Command& command) override { venue_.execute(command, answers_); }
  void prepare(OrderId id, const matching::Terms& terms, desk::GroupId group) override {
    if (!venue_.watches()) {
      venue_.watch();
      for (InstrumentIndex i = 0; i < watches_.size(); ++i) {
        const desk::Position& held = desk_.ledger().position(i);
        if (held.marked) venue_.tell_last(i, held.mark);  // the last close
      }
    }
    venue_.prepare(id, terms, group);
  }
  void prepare_change(std::uint64_t request, const Amendment& wanted) override {
    venue_.prepare_change(request, wanted);
  }
  [[nodiscard]] std::optional<Ticks> waiting_stop(InstrumentIndex instrument,
                                                  OrderId id) const override {
    return venue_.stop_price(instrument, id);
  }
  void expire_all(Nanos at, bool data_over) override {
    for (InstrumentIndex i = 0; i < watches_.size(); ++i)
      venue_.expire(i, at, answers_, data_over);
  }
  void refresh_mark(InstrumentIndex) override {}  // every bar marks its close

 private:
  venue::BarVenue venue_;
  std::span<const feed::Bar> bars_;
  std::size_t at_{};
};

}  // namespace ai_trading::sim
