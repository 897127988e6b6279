// What the benchmark programs share: processor time, memory and input.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace bench {

// Processor seconds of this process: other people's load shows in them only through
// shared caches and memory.
[[nodiscard]] inline double cpu_seconds() {
  std::timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

// A file that can be read again and again.
class File {
 public:
  explicit File(const std::string& path) : handle_(::open(path.c_str(), O_RDONLY)) {
    struct stat facts{};
    if (handle_ < 0 || ::fstat(handle_, &facts) != 0 || facts.st_size < 1) {
      throw std::runtime_error("cannot read " + path);
    }
    size_ = static_cast<std::size_t>(facts.st_size);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { ::close(handle_); }

  [[nodiscard]] int handle() const { return handle_; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  int handle_;
  std::size_t size_{};
};

// The whole file as memory, either mapped or read into pages of our own.
class Bytes {
 public:
  Bytes(const File& file, bool mapped) : size_(file.size()) {
    const int flags = mapped ? MAP_PRIVATE : MAP_PRIVATE | MAP_ANONYMOUS;
    const int access = mapped ? PROT_READ : PROT_READ | PROT_WRITE;
    data_ = ::mmap(nullptr, size_, access, flags, mapped ? file.handle() : -1, 0);
    if (data_ == MAP_FAILED) throw std::runtime_error("cannot map the file");
    if (mapped) {
      (void)::madvise(data_, size_, MADV_SEQUENTIAL);
      return;
    }
    for (std::size_t done = 0; done < size_;) {
      const auto n = ::pread(file.handle(), static_cast<char*>(data_) + done,
                             size_ - done, static_cast<::off_t>(done));
      if (n <= 0) throw std::runtime_error("cannot read the file");
      done += static_cast<std::size_t>(n);
    }
  }
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;
  ~Bytes() { ::munmap(data_, size_); }

  [[nodiscard]] std::span<const std::byte> all() const {
    return {static_cast<const std::byte*>(data_), size_};
  }

 private:
  std::size_t size_;
  void* data_;
};

}  // namespace bench
