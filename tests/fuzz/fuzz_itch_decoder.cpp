// Any bytes: no crash, no read beyond the end, and the promises of itch_decoder.hpp.
#include "fuzzed.hpp"

using namespace ai_trading;
using namespace ai_trading::feed;
using namespace ai_trading::feed::fuzzed;

namespace {

struct Result {
  std::vector<Event> events;
  std::vector<std::uint64_t> indexes;
  ItchProblem problem;
};

bool market_wide(const Event& e) {
  return e.kind == 0 && (e.aux == 'S' || e.aux == 'V' || e.aux == 'W');
}

void check(const ItchDecoder& decoder, const Result& result, bool filtered,
           std::size_t size) {
  must(decoder.offset() <= size, "offset lies within the input");
  must(result.events.size() <= decoder.messages(), "one event per message at most");
  for (std::size_t i = 0; i < result.events.size(); ++i) {
    const Event& e = result.events[i];
    must(i == 0 || result.indexes[i] > result.indexes[i - 1], "indexes rise");
    must(result.indexes[i] < decoder.messages(), "indexes name messages");
    must(e.kind < kEventKinds && e.side <= 2, "kind and side are what they can be");
    must(market_wide(e) || e.instrument < decoder.instruments().size(),
         "instruments are listed");
    must(e.timestamp >= 0 && e.timestamp < 86'400'000'000'000, "within the day");
    must(e.quantity >= 0 && e.price >= 0, "no negative numbers");
  }
  std::uint64_t read = 0;
  for (const auto n : decoder.counts()) read += n;
  must(read + decoder.skipped() == decoder.messages(),
       "every message is accounted for");
  must(filtered || result.events.size() == read, "one event per message read");
  if (result.problem)
    must(!to_string(result.problem).empty(), "problems are described");
  for (const auto& p : decoder.problems()) must(!to_string(p).empty(), "described");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(data + 2),
                                         size - 2);
  ItchDecoder::Options options;
  if (data[0] & 1) options.framing = itch::Framing::by_type;
  if (data[0] & 2) options.on_problem = ItchDecoder::OnProblem::skip;
  if (data[0] & 4) options.symbols = {"ONE", "#13", "A"};

  Result whole;
  ItchDecoder at_once(Nanos{0}, options);
  (void)at_once.decode(bytes, [&](const Event& e, std::uint64_t index) {
    whole.events.push_back(e);
    whole.indexes.push_back(index);
  });
  whole.problem = at_once.finish();
  check(at_once, whole, (data[0] & 4) != 0, bytes.size());

  Result parts;
  ItchDecoder piecewise(Nanos{0}, options);
  in_pieces(bytes, data[1], [&](std::span<const std::byte> piece) {
    (void)piecewise.decode(piece, [&](const Event& e, std::uint64_t index) {
      parts.events.push_back(e);
      parts.indexes.push_back(index);
    });
  });
  parts.problem = piecewise.finish();
  must(same(whole.events, parts.events), "pieces give the same events");
  must(whole.indexes == parts.indexes, "pieces give the same indexes");
  must(whole.problem.fault == parts.problem.fault &&
           whole.problem.offset == parts.problem.offset &&
           whole.problem.message == parts.problem.message &&
           whole.problem.length == parts.problem.length,
       "pieces give the same problem");
  must(at_once.skipped() == piecewise.skipped(), "pieces skip the same");
  must(at_once.instruments().size() == piecewise.instruments().size(), "and list it");

  ItchDecoder filling(Nanos{0}, options);
  std::array<Event, 3> out{};
  std::vector<Event> filled;
  std::span<const std::byte> rest = bytes;
  while (const auto n = filling.fill(rest, out)) {
    filled.insert(filled.end(), out.begin(), out.begin() + static_cast<int>(n));
  }
  must(same(whole.events, filled), "filling gives the same events");

  ItchDecoder single(Nanos{0}, options);
  (void)single.message(bytes, [](const Event&, std::uint64_t) {});
  (void)itch::parse(bytes);
  return 0;
}
