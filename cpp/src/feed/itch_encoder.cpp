#include "ai_trading/feed/itch_encoder.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>

namespace ai_trading::feed {
namespace {

using namespace itch;

constexpr std::int64_t kDay = 86'400'000'000'000;

Stock padded(std::string_view symbol) {
  Stock stock;
  stock.fill(' ');
  std::ranges::copy(symbol, stock.begin());
  return stock;
}

bool fits(std::int64_t value) {
  return value >= 0 && value <= std::numeric_limits<std::uint32_t>::max();
}
std::uint32_t word(std::int64_t value) { return static_cast<std::uint32_t>(value); }

// The letter kept in an order id, or a space.
char letter(std::uint64_t code) { return code < 256 ? static_cast<char>(code) : ' '; }

char side_letter(std::uint8_t side) {
  if (side == static_cast<std::uint8_t>(Side::buy)) return 'B';
  return side == static_cast<std::uint8_t>(Side::sell) ? 'S' : 'N';
}

// The letter of a trading state, the event's own where it agrees; 0: ITCH has none.
char state_letter(const Event& event) {
  if (event.aux >= 255) return 0;  // 255 is what state_of says of a letter that is none
  const char own = letter(event.order_id);
  if (itch::detail::state_of(own) == event.aux) return own;
  switch (static_cast<TradingState>(event.aux)) {
    case TradingState::halted:
      return 'H';
    case TradingState::quotation:
      return 'Q';
    case TradingState::continuous:
      return 'T';
    default:
      return 0;
  }
}

void blank(char& field) { field = ' '; }
template <std::size_t N>
void blank(Text<N>& field) {
  field.fill(' ');
}
template <std::unsigned_integral T>
void blank(T&) {}

// A message of which an info event knows the type, the stock and perhaps a letter.
template <class M>
void append_info(std::vector<std::byte>& out, const Header& header, const Stock* stock,
                 std::uint64_t code) {
  M m;
  std::apply([](auto&... field) { (blank(field), ...); }, M::fields(m));
  m.header = header;
  if constexpr (requires { m.stock; }) {
    if (stock != nullptr) m.stock = *stock;
  }
  append(out, m);
  if (const auto at = itch::detail::kCodeAt[static_cast<unsigned char>(M::kType)]) {
    const std::size_t body = out.size() - length_of<M>;
    out[body + at] = static_cast<std::byte>(letter(code));
  }
}

}  // namespace

std::string_view to_string(EncodeRefusal refusal) {
  switch (refusal) {
    case EncodeRefusal::none:
      return "accepted";
    case EncodeRefusal::unknown_instrument:
      return "the instrument index is unknown; add the instruments in order first";
    case EncodeRefusal::time_outside_day:
      return "the timestamp must lie within the 24 hours from midnight on";
    case EncodeRefusal::price_out_of_range:
      return "the price must lie between 0 and 4294967295 ticks of 1e-4";
    case EncodeRefusal::quantity_out_of_range:
      return "the quantity must lie between 0 and 4294967295 shares";
    case EncodeRefusal::side_missing:
      return "the side must be buy or sell";
    case EncodeRefusal::not_in_itch:
      return "ITCH 5.0 has no message that says this; turn modifies into replaces, and "
             "leave levels and clears out";
  }
  return {};
}

itch::StockDirectory ordinary_directory() {
  itch::StockDirectory d;
  d.market_category = 'Q';
  d.financial_status = 'N';
  d.round_lot = 100;
  d.round_lots_only = 'N';
  d.classification = 'C';
  d.sub_type = {'Z', ' '};
  d.authenticity = 'P';
  d.short_sale_threshold = 'N';
  d.ipo = 'N';
  d.luld_tier = '1';
  d.etp = 'N';
  d.inverse = 'N';
  return d;
}

InstrumentIndex ItchEncoder::add(ItchInstrument instrument) {
  const auto refuse = [&](const char* what, const std::string& received) {
    throw std::invalid_argument(std::string(what) + "; received " + received);
  };
  const bool plain = std::ranges::all_of(instrument.symbol,
                                         [](char c) { return c > ' ' && c < '\x7F'; });
  if (instrument.symbol.empty() || instrument.symbol.size() > 8 || !plain) {
    refuse("an ITCH symbol has one to eight printable letters",
           "'" + instrument.symbol + "'");
  }
  if (instrument.locate == 0) {
    if (instruments_.size() >= 65'535) {
      refuse("ITCH has room for 65535 instruments", "one more");
    }
    instrument.locate = static_cast<std::uint16_t>(instruments_.size() + 1);
  }
  if (taken_[instrument.locate]) {
    refuse("each instrument needs a locate of its own",
           std::to_string(instrument.locate) + " for '" + instrument.symbol +
               "', which is taken");
  }
  taken_[instrument.locate] = true;
  if (!instrument.listed) instrument.directory = ordinary_directory();
  instrument.directory.header.locate = instrument.locate;
  instrument.directory.stock = padded(instrument.symbol);
  instruments_.push_back(std::move(instrument));
  return static_cast<InstrumentIndex>(instruments_.size() - 1);
}

EncodeRefusal ItchEncoder::encode(const Event& event,
                                  std::vector<std::byte>& out) const {
  std::int64_t time = 0;
  if (__builtin_sub_overflow(event.timestamp, midnight_, &time) || time < 0 ||
      time >= kDay) {
    return EncodeRefusal::time_outside_day;
  }
  const auto kind = static_cast<EventKind>(event.kind);
  const bool market_wide = kind == EventKind::info &&
                           (event.aux == 'S' || event.aux == 'V' || event.aux == 'W');
  if (!market_wide && event.instrument >= instruments_.size()) {
    return EncodeRefusal::unknown_instrument;
  }
  static const Stock no_stock{};
  const ItchInstrument* const instrument =
      market_wide ? nullptr : &instruments_[event.instrument];
  const Header header{instrument ? instrument->locate : std::uint16_t{0}, 0,
                      static_cast<std::uint64_t>(time)};
  const Stock& stock = instrument ? instrument->directory.stock : no_stock;
  const std::uint32_t price = word(event.price);
  const std::uint32_t shares = word(event.quantity);
  const char side = side_letter(event.side);

  const auto accept = [&out](const auto& m) {
    append(out, m);
    return EncodeRefusal::none;
  };
  const auto check = [&](bool has_price, bool has_side, bool wide = false) {
    if (has_price && !fits(event.price)) return EncodeRefusal::price_out_of_range;
    if (event.quantity < 0 || (!wide && !fits(event.quantity))) {
      return EncodeRefusal::quantity_out_of_range;
    }
    if (has_side && side == 'N') return EncodeRefusal::side_missing;
    return EncodeRefusal::none;
  };
  EncodeRefusal refusal = EncodeRefusal::none;

  switch (kind) {
    case EventKind::info: {
      refusal = EncodeRefusal::not_in_itch;
      if (event.aux == 'R') {
        StockDirectory directory = instrument->directory;
        directory.header = header;
        return accept(directory);
      }
      if (event.aux > 255 ||
          std::string_view("SVWYLKJhNO").find(static_cast<char>(event.aux)) ==
              std::string_view::npos) {
        return refusal;
      }
      if (event.aux == 'J') {
        if ((refusal = check(true, false)) != EncodeRefusal::none) return refusal;
        return accept(AuctionCollar{header, stock, price, shares,
                                    static_cast<std::uint32_t>(event.order_id),
                                    static_cast<std::uint32_t>(event.order_id >> 32)});
      }
      if (event.aux == 'h')
        return accept(OperationalHalt{
            header, stock, letter(static_cast<std::uint64_t>(event.quantity)),
            letter(event.order_id)});
      for_each_type([&]<class M>(std::type_identity<M>) {
        if (event.aux != static_cast<unsigned char>(M::kType)) return;
        append_info<M>(out, header, instrument ? &stock : nullptr, event.order_id);
        refusal = EncodeRefusal::none;
      });
      return refusal;
    }
    case EventKind::add: {
      if ((refusal = check(true, true)) != EncodeRefusal::none) return refusal;
      if (event.aux == 0 || event.aux >> 32 != 0) {
        return accept(AddOrder{header, event.order_id, side, shares, stock, price});
      }
      AddAttributed m{header, event.order_id, side, shares, stock, price, {}};
      store_big(reinterpret_cast<std::byte*>(m.mpid.data()),
                static_cast<std::uint32_t>(event.aux));
      return accept(m);
    }
    case EventKind::reduce:
      if ((refusal = check(false, false)) != EncodeRefusal::none) return refusal;
      return accept(OrderCancel{header, event.order_id, shares});
    case EventKind::remove:
      return accept(OrderDelete{header, event.order_id});
    case EventKind::execute:
      if ((refusal = check(false, false)) != EncodeRefusal::none) return refusal;
      return accept(OrderExecuted{header, event.order_id, shares, event.aux});
    case EventKind::execute_at: {
      if ((refusal = check(true, false)) != EncodeRefusal::none) return refusal;
      const char printable = (event.flags & flag::unprinted) != 0 ? 'N' : 'Y';
      return accept(
          OrderExecutedAt{header, event.order_id, shares, event.aux, printable, price});
    }
    case EventKind::replace:
      if ((refusal = check(true, false)) != EncodeRefusal::none) return refusal;
      return accept(OrderReplace{header, event.order_id, event.aux, shares, price});
    case EventKind::trade:
      if ((refusal = check(true, true)) != EncodeRefusal::none) return refusal;
      return accept(
          Trade{header, event.order_id, side, shares, stock, price, event.aux});
    case EventKind::cross:
      if ((refusal = check(true, false, true)) != EncodeRefusal::none) return refusal;
      return accept(CrossTrade{header, static_cast<std::uint64_t>(event.quantity),
                               stock, price, event.aux, letter(event.order_id)});
    case EventKind::imbalance:
      if ((refusal = check(true, false, true)) != EncodeRefusal::none) return refusal;
      return accept(Imbalance{header, event.aux,
                              static_cast<std::uint64_t>(event.quantity), side, stock,
                              0, 0, price, letter(event.order_id), ' '});
    case EventKind::status: {
      const char state = state_letter(event);
      if (state == 0) return EncodeRefusal::not_in_itch;
      return accept(TradingAction{header, stock, state, ' ', {' ', ' ', ' ', ' '}});
    }
    case EventKind::broken:
      return accept(BrokenTrade{header, event.aux});
    case EventKind::modify:
    case EventKind::level:
    case EventKind::clear:
      break;
  }
  return EncodeRefusal::not_in_itch;
}

}  // namespace ai_trading::feed
