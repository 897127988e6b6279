#include "ai_trading/venue/market_batch.hpp"

#include <algorithm>
#include <utility>

namespace ai_trading::venue {

using matching::Action;
using matching::Answer;
using matching::AnswerKind;
using matching::Request;

BatchMarket::BatchMarket(MarketTerms terms, std::vector<Listing> listings, bool publish,
                         std::uint16_t flags)
    : scribe_{{publish, {}, matching::FeedWriter(events_, flags)}},
      market_(scribe_, std::move(terms), std::move(listings)) {}

void BatchMarket::apply(std::span<const Request> requests, std::vector<Answer>& out) {
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const Request& row = requests[i];
    const auto begin = [&](Nanos at) {
      scribe_.answers.begin(at, row.instrument, i, out);
      scribe_.feed.begin(at);
    };
    const Nanos now{row.timestamp};
    for (Nanos due = market_.next_due(); due <= now; due = market_.next_due()) {
      begin(due);
      (void)market_.advance(due);
    }
    begin(std::max(now, market_.now()));
    (void)market_.advance(now);
    apply_one(row);
  }
}

std::vector<feed::Event> BatchMarket::take_feed() { return std::exchange(events_, {}); }

void BatchMarket::apply_one(const Request& row) {
  switch (static_cast<Action>(row.action)) {
    case Action::submit:
      (void)market_.submit(order_of(row), terms_of(row));
      return;
    case Action::cancel:
      (void)market_.cancel(row.order_id);
      return;
    case Action::replace:
      (void)market_.replace(change_of(row));
      return;
    case Action::expire:
      (void)market_.expire(row.instrument);
      return;
    case Action::mass_cancel:
      (void)market_.mass_cancel(filter_of(row));
      return;
    case Action::disconnect:
      (void)market_.disconnect(row.owner);
      return;
    case Action::clock:
      return;
    case Action::account:
      (void)market_.set_account(row.owner,
                                {static_cast<matching::GroupId>(row.new_id),
                                 static_cast<matching::SelfTrade>(row.self_trade)});
      return;
    case Action::halt:
      (void)market_.halt(row.instrument);
      return;
    case Action::resume:
      (void)market_.resume(row.instrument);
      return;
    case Action::index:
      if (row.price < 1) break;
      (void)market_.index(row.price);
      return;
    case Action::state:
    case Action::bands:
    case Action::clear_bands:
    case Action::reference:
    case Action::configure:
      scribe_.answers.rejected(row.order_id, Reject::not_supported_here);
      return;
  }
  scribe_.answers.rejected(row.order_id,
                           static_cast<Action>(row.action) == Action::index
                               ? Reject::price_out_of_range
                               : Reject::not_supported_here);
}

void BatchMarket::Scribe::phase_changed(const PhaseChange& change) {
  Answer& row = answers.push(AnswerKind::phase, OrderId{0});
  row.instrument = change.instrument;
  row.other_id = static_cast<std::uint64_t>(change.halt);
  row.detail = static_cast<std::uint32_t>(change.phase);
  row.left = change.until.n;
}

void BatchMarket::Scribe::bands_changed(const BandChange& change) {
  Answer& row = answers.push(AnswerKind::bands, OrderId{0});
  row.instrument = change.instrument;
  row.detail = static_cast<std::uint32_t>(change.state);
  if (!change.bands) return;
  row.price = change.bands->lower.n;
  row.quantity = 1;
  row.left = change.bands->upper.n;
  row.other_left = change.reference.n;
}

void BatchMarket::Scribe::market_wide(int level, Nanos until) {
  Answer& row = answers.push(AnswerKind::market_wide, OrderId{0});
  row.detail = static_cast<std::uint32_t>(level);
  row.left = until.n;
}

}  // namespace ai_trading::venue
