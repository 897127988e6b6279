#include "ai_trading/sim/bar_session.hpp"

namespace ai_trading::sim {

Progress BarSession::run(std::size_t budget, Handler& handler) {
  if (!started_) {
    if (!bars_.empty()) now_ = Nanos{bars_.front().start};
    begin(handler);
  }
  while (at_ < bars_.size()) {
    if (budget == 0) return Progress::more;
    const Nanos end_of_bars{bars_[at_].timestamp};
    std::size_t last = at_;
    while (last < bars_.size() && bars_[last].timestamp == end_of_bars.n) ++last;
    const auto together = bars_.subspan(at_, last - at_);
    at_ = last;
    budget -= std::min(budget, together.size());

    for (const feed::Bar& bar : together) {
      if (Nanos{bar.start} >= next_due()) handle_until(Nanos{bar.start}, handler);
      venue_.on_open(bar, answers_);
      carry_reports();
    }
    if (next_due() < end_of_bars) handle_until(end_of_bars - Nanos{1}, handler);
    for (const feed::Bar& bar : together) {
      venue_.on_end(bar, answers_);
      desk_.mark(bar.instrument, Ticks{bar.close}, end_of_bars);
    }
    carry_reports();
    now_ = std::max(now_, end_of_bars);
    for (const feed::Bar& bar : together) {
      // A bar tells no more of the prices of its trades.
      const Ticks typical{(bar.high + bar.low + bar.close) / 3};
      record_trade(bar.instrument, typical, Lots{bar.volume});
    }
    // Fills inside the bar are known before the bar is shown.
    if (next_due() <= end_of_bars) handle_until(end_of_bars, handler);
    for (const feed::Bar& bar : together) {
      ++events_;
      auto& watches = watches_[bar.instrument];
      for (std::size_t i = 0; i < watches.size(); ++i)
        if (watches[i].bars) handler.on_bar(watches[i].strategy, bar);
    }
  }
  end(handler);
  return Progress::done;
}

}  // namespace ai_trading::sim
