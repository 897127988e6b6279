// Writes a few small seeds for the fuzz targets into itch/ and lobster/ of a directory.
// Two bytes of options come before the stream itself.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "itch_samples.hpp"

using namespace ai_trading::feed;

namespace {

void save(const std::filesystem::path& path, const char* data, std::size_t size) {
  std::ofstream(path, std::ios::binary).write(data, static_cast<std::streamsize>(size));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_seeds DIRECTORY\n";
    return 2;
  }
  const std::filesystem::path root(argv[1]);
  std::filesystem::create_directories(root / "itch");
  std::filesystem::create_directories(root / "lobster");

  for (unsigned options = 0; options < 8; ++options) {
    samples::Buffer bytes{static_cast<std::byte>(options), std::byte{17}};
    samples::join(bytes, samples::encoded(samples::traffic(options, 1)));
    save(root / "itch" / std::to_string(options),
         reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  const std::string lines =
      "34200.017459617,1,11885113,21,2238100,1\n34200.1,2,11885113,1,2238100,1\r\n"
      "34200.2,4,11885113,10,2238100,1\n\n34200.3,3,11885113,10,2238100,1\n"
      "34200.4,5,0,5,2238150,-1\n34201,6,-1,500,2238000,-1\n36023,7,0,0,-1,-1\n"
      "43002.632812672004,3,134172772,100,2238700,-1";
  for (const char options : {'\0', '\1'}) {
    std::string seed{options, '\5'};
    seed += lines;
    save(root / "lobster" / std::to_string(options), seed.data(), seed.size());
  }
}
