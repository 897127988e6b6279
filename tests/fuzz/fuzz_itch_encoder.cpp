// What was decoded, encodes; what was encoded, decodes to the same; any event at all is
// encoded or refused.
#include "ai_trading/feed/itch_encoder.hpp"

#include <cstring>

#include "fuzzed.hpp"

using namespace ai_trading;
using namespace ai_trading::feed;
using namespace ai_trading::feed::fuzzed;

namespace {

std::vector<Event> decode(ItchDecoder& decoder, std::span<const std::byte> bytes) {
  std::vector<Event> events;
  (void)decoder.decode(bytes,
                       [&](const Event& e, std::uint64_t) { events.push_back(e); });
  return events;
}

void bytes_survive(std::span<const std::byte> bytes) {
  itch::FrameCursor cursor(bytes);
  std::vector<std::byte> again;
  while (const auto frame = cursor.next()) {
    const auto message = itch::parse({frame->body, frame->length});
    must(message.has_value(), "a frame is a message");
    append(again, *message);
  }
  must(again.size() + cursor.rest().size() == bytes.size(), "nothing is lost");
  must(again.empty() || std::memcmp(again.data(), bytes.data(), again.size()) == 0,
       "messages are written as they were read");
}

void events_survive(std::span<const std::byte> bytes) {
  ItchDecoder decoder(Nanos{0}, {.on_problem = ItchDecoder::OnProblem::skip});
  const auto events = decode(decoder, bytes);
  ItchEncoder encoder(Nanos{0});
  // Two locates may have carried one symbol, or one locate two: number them anew.
  for (ItchInstrument instrument : decoder.instruments()) {
    instrument.locate = 0;
    (void)encoder.add(std::move(instrument));
  }
  std::vector<std::byte> out;
  for (const Event& e : events) {
    must(encoder.encode(e, out) == EncodeRefusal::none, "what was decoded, encodes");
  }
  // Named in order beforehand, so that indexes agree.
  std::vector<std::byte> directory;
  for (const ItchInstrument& i : encoder.instruments()) {
    itch::StockDirectory listing = i.directory;
    listing.header.time = 0;
    append(directory, listing);
  }
  ItchDecoder again(Nanos{0});
  must(decode(again, directory).size() == encoder.instruments().size(), "all listed");
  const auto reread = decode(again, out);
  must(!again.problem(), "what was encoded, decodes");
  must(same(events, reread), "to the same events");
}

void any_event(std::span<const std::byte> bytes) {
  ItchEncoder encoder(Nanos{0});
  (void)encoder.add({"ONE", 0, false, {}});
  std::vector<std::byte> out;
  while (bytes.size() >= sizeof(Event)) {
    Event e;
    std::memcpy(&e, bytes.data(), sizeof e);
    bytes = bytes.subspan(sizeof e);
    e.instrument %= 2;
    e.kind %= 16;
    const auto before = out.size();
    const auto refusal = encoder.encode(e, out);
    must((refusal == EncodeRefusal::none) == (out.size() > before), "all or nothing");
  }
  ItchDecoder decoder(Nanos{0});
  (void)decode(decoder, out);
  must(!decoder.finish(), "what was encoded, decodes");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(data + 2),
                                         size - 2);
  bytes_survive(bytes);
  events_survive(bytes);
  if (data[0] & 1) any_event(bytes);
  return 0;
}
