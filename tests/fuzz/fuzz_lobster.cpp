// Any text: no crash, no read beyond the end, and the promises of lobster.hpp.
#include "ai_trading/feed/lobster.hpp"

#include "fuzzed.hpp"

using namespace ai_trading;
using namespace ai_trading::feed;
using namespace ai_trading::feed::fuzzed;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(data + 2),
                                         size - 2);
  const auto policy = (data[0] & 1) != 0 ? LobsterDecoder::OnProblem::skip
                                         : LobsterDecoder::OnProblem::stop;

  std::vector<Event> whole;
  LobsterDecoder at_once(Nanos{0}, 0, policy);
  const auto keep = [&](const Event& e) { whole.push_back(e); };
  at_once.decode(bytes, keep);
  at_once.finish(keep);

  std::vector<Event> parts;
  LobsterDecoder piecewise(Nanos{0}, 0, policy);
  const auto keep_part = [&](const Event& e) { parts.push_back(e); };
  in_pieces(bytes, data[1], [&](std::span<const std::byte> piece) {
    piecewise.decode(piece, keep_part);
  });
  piecewise.finish(keep_part);
  must(same(whole, parts), "pieces give the same events");
  must(static_cast<bool>(at_once.problem()) == static_cast<bool>(piecewise.problem()) &&
           at_once.problem().line == piecewise.problem().line &&
           at_once.problem().offset == piecewise.problem().offset,
       "pieces give the same problem");
  must(at_once.skipped() == piecewise.skipped(), "pieces skip the same");
  must(at_once.offset() <= bytes.size(), "offset lies within the input");
  must(at_once.problem() || at_once.offset() == bytes.size(), "all was read");
  must(whole.size() + at_once.skipped() <= at_once.lines(), "one event per line");
  (void)to_string(at_once.problem());

  std::string text;
  for (const Event& e : whole) {
    must(append_lobster(text, e, Nanos{0}), "what was decoded, encodes");
  }
  std::vector<Event> again;
  LobsterDecoder reader(Nanos{0}, 0);
  reader.decode(std::as_bytes(std::span(text)),
                [&](const Event& e) { again.push_back(e); });
  must(!reader.problem() && same(whole, again), "and decodes to the same events");
  return 0;
}
