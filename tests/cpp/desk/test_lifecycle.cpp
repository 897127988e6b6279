#include "ai_trading/desk/lifecycle.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace ai_trading::desk {
namespace {

// The table again, written by hand from FIX 4.4 volume 4, appendix D.  A row is a state,
// a column an event.  Letters: the FIX character of the state it becomes; `w` accepted,
// or partially filled where something is executed; refusals: `d` duplicate report,
// `l` late report, `x` contradiction, `e` order done, `a` fill after end, `o` overfill.
// Columns: our cancel and replace; pending new, accept, reject, fill, fill all; cancel,
// expire; done for day, stop, suspend, calculate; restate; replace; pending cancel and
// replace, cancel and replace refused; bust, reinstate.

struct Row {
  OrderStatus from;
  std::string_view to;
};
using enum OrderStatus;
constexpr Row kRows[] = {
    {pending_new, "AA A0812 4C 379x w w AAAA xx"},
    {accepted, "00 ld812 4C 379x w w 0000 ww"},
    {partially_filled, "11 llx12 4C 379x w w 1111 ww"},
    {done_for_day, "33 llx32 4C dxxB w 3 3333 33"},
    {stopped, "77 llx72 4C 3d9x w 7 7777 77"},
    {suspended, "99 llx92 4C 37dx w 9 9999 99"},
    {calculated, "BB llxB2 4C lxxd w B BBBB BB"},
    {filled, "ee llxoo xx lxx2 x x ll22 4w"},
    {canceled, "ee llxaa dl lxx4 x x ll44 4w"},
    {rejected, "ee lldaa xx lxxx x x ll88 8x"},
    {expired, "ee llxaa ld lxxC x x llCC Cw"},
};

char fix(OrderStatus status) {
  constexpr std::string_view letters = "A0126E48C379B";
  return letters[static_cast<std::size_t>(status)];
}

char refusal(Reject reason) {
  switch (reason) {
    case Reject::duplicate_report:
      return 'd';
    case Reject::late_report:
      return 'l';
    case Reject::contradiction:
      return 'x';
    case Reject::order_done:
      return 'e';
    case Reject::fill_after_end:
      return 'a';
    case Reject::overfill:
      return 'o';
    default:
      return '?';
  }
}

// Everything that could be asked is under way, so that answers are to something.
OrderState asked(OrderStatus base, OrderEvent event) {
  OrderState state{base, false, false};
  if (is_terminal(base)) return state;
  state.cancel_asked =
      event == OrderEvent::pending_cancel || event == OrderEvent::refuse_cancel;
  state.replace_asked = event == OrderEvent::pending_replace ||
                        event == OrderEvent::refuse_replace ||
                        event == OrderEvent::replace;
  return state;
}

TEST(Lifecycle, EveryTransitionIsWhatTheHandwrittenTableSays) {
  static_assert(std::size(kRows) + 2 == kOrderStatuses);  // less the two pending ones
  for (const Row& row : kRows) {
    std::string becomes{row.to};
    std::erase(becomes, ' ');
    ASSERT_EQ(becomes.size(), kOrderEvents);
    for (std::size_t i = 0; i < kOrderEvents; ++i) {
      const auto event = static_cast<OrderEvent>(i);
      for (const bool executed : {false, true}) {
        const OrderState from = asked(row.from, event);
        const Verdict verdict = advance(from, event, executed);
        char want = becomes[i];
        if (want == 'w') want = executed ? '1' : '0';
        const char got = verdict.refused == Reject::none ? fix(verdict.to.base)
                                                         : refusal(verdict.refused);
        EXPECT_EQ(got, want) << "from " << fix(row.from) << " event " << i;
        if (verdict.refused != Reject::none) {
          EXPECT_EQ(verdict.to, from);
        }
      }
    }
  }
}

TEST(Lifecycle, FourStatesAreTerminalAndNoRequestLeavesThem) {
  int terminal = 0;
  for (std::size_t i = 0; i < kOrderStatuses; ++i) {
    const OrderState state{static_cast<OrderStatus>(i), false, false};
    if (!is_terminal(state.base)) continue;
    ++terminal;
    EXPECT_EQ(advance(state, OrderEvent::request_cancel, true).refused,
              Reject::order_done);
    EXPECT_EQ(advance(state, OrderEvent::request_replace, true).refused,
              Reject::order_done);
  }
  EXPECT_EQ(terminal, 4);
}

TEST(Lifecycle, APendingRequestShowsUntilItIsAnsweredAndCoversWhatHappensBelow) {
  OrderState state{accepted, false, false};
  state = advance(state, OrderEvent::request_replace, false).to;
  EXPECT_EQ(state.shown(), pending_replace);
  state = advance(state, OrderEvent::fill, true).to;
  EXPECT_EQ(state.shown(), pending_replace);
  state = advance(state, OrderEvent::request_cancel, true).to;
  EXPECT_EQ(state.shown(), pending_cancel);
  state = advance(state, OrderEvent::replace, true).to;
  EXPECT_EQ(state.shown(), pending_cancel);
  state = advance(state, OrderEvent::refuse_cancel, true).to;
  EXPECT_EQ(state.shown(), partially_filled);
}

TEST(Lifecycle, AnEndClearsWhatWasAsked) {
  for (const OrderEvent end :
       {OrderEvent::fill_all, OrderEvent::cancel, OrderEvent::expire}) {
    const Verdict verdict = advance({partially_filled, true, true}, end, true);
    EXPECT_EQ(verdict.refused, Reject::none);
    EXPECT_TRUE(is_terminal(verdict.to.shown()));
    EXPECT_FALSE(verdict.to.cancel_asked || verdict.to.replace_asked);
  }
}

TEST(Lifecycle, OneReplaceAtATimeAndNoneBehindACancel) {
  EXPECT_EQ(
      advance({accepted, false, true}, OrderEvent::request_replace, false).refused,
      Reject::pending_change);
  EXPECT_EQ(
      advance({accepted, true, false}, OrderEvent::request_replace, false).refused,
      Reject::pending_change);
  EXPECT_EQ(advance({accepted, true, false}, OrderEvent::request_cancel, false).refused,
            Reject::pending_change);
  EXPECT_EQ(advance({accepted, false, true}, OrderEvent::request_cancel, false).refused,
            Reject::none);
}

TEST(Lifecycle, AnAnswerToNothingIsRefused) {
  for (const OrderEvent answer :
       {OrderEvent::pending_cancel, OrderEvent::pending_replace, OrderEvent::replace,
        OrderEvent::refuse_cancel, OrderEvent::refuse_replace}) {
    EXPECT_EQ(advance({accepted, false, false}, answer, false).refused,
              Reject::unknown_request);
  }
}

}  // namespace
}  // namespace ai_trading::desk
