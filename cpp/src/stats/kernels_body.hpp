// The kernels themselves.  kernels.cpp includes this file once for every processor that
// it knows, each time in another namespace; it therefore has no guard.

// A product with zero is NaN exactly where the factor is not finite; 1e208 takes what is
// beyond 1.79e100 out of the range of a double.
bool block_is_usable(const double* values, std::size_t n) {
  Pack a{}, b{};
  std::size_t i = 0;
  for (; i + 2 * kLanes <= n; i += 2 * kLanes) {
    Pack x, y;
    load(x, values + i);
    load(y, values + i + kLanes);
    a += x * 1e208 * 0.0;
    b += y * 1e208 * 0.0;
  }
  double rest = sum(a + b);
  for (; i < n; ++i) rest += values[i] * 1e208 * 0.0;
  return rest == 0.0;
}

double block_sum(const double* x, std::size_t n) {
  Pack a{}, b{};
  std::size_t i = 0;
  for (; i + 2 * kLanes <= n; i += 2 * kLanes) {
    Pack u, v;
    load(u, x + i);
    load(v, x + i + kLanes);
    a += u;
    b += v;
  }
  double total = sum(a + b);
  for (; i < n; ++i) total += x[i];
  return total;
}

AI_TRADING_INLINE void add(Sums& s, const Pack& x, const Pack& before, double mean,
                           double target) {
  const Pack zero{};
  const Pack one = zero + 1.0;
  const Pack d = x - mean;
  const Pack d2 = d * d;
  s.second += d2;
  s.third += d2 * d;
  s.fourth += d2 * d2;
  s.lagged += d * (before - mean);
  s.positive += x > 0.0 ? x : zero;
  s.negative += x < 0.0 ? x : zero;
  s.gains += x > 0.0 ? one : zero;
  s.losses += x < 0.0 ? one : zero;
  const Pack t = x - target;
  const Pack low = t < 0.0 ? t : zero;
  const Pack high = t > 0.0 ? t : zero;
  s.low += low;
  s.low2 += low * low;
  s.high += high;
  s.high2 += high * high;
  s.smallest = x < s.smallest ? x : s.smallest;
  s.largest = x > s.largest ? x : s.largest;
}

// `x[-1]` must be readable.
void block_sums(Sums& sums, const double* x, std::size_t n, double mean,
                double target) {
  Sums s = sums;
  for (std::size_t i = 0; i + kLanes <= n; i += kLanes) {
    Pack now, before;
    load(now, x + i);
    load(before, x + i - 1);
    add(s, now, before, mean, target);
  }
  sums = s;
}

// As in normals.cpp, with the part of x that 1 + x rounds away put back.  2 s^21 / 21
// is 8e-18 of the result at most.
void block_log1p(const double* values, std::size_t n, double* out) {
  for (std::size_t i = 0; i + kLanes <= n; i += kLanes) {
    Pack x;
    load(x, values + i);
    const Pack u = x + 1.0;
    const Pack lost = (x - (u - 1.0)) / u;
    const BitPack bits = __builtin_bit_cast(BitPack, u);
    Pack m = __builtin_bit_cast(Pack, (bits & kFraction) | kOne);
    Pack k = __builtin_bit_cast(Pack, (bits >> 52) | 0x4330000000000000ULL) -
             (0x1p52 + 1023.0);
    const MaskPack high = m >= 0x1.6a09e667f3bcdp+0;
    m = high ? m * 0.5 : m;
    k = high ? k + 1.0 : k;
    const Pack f = m - 1.0;
    const Pack s = f / (m + 1.0);
    const Pack z = s * s;
    Pack p = z * (2.0 / 21.0) + 2.0 / 19.0;
    p = p * z + 2.0 / 17.0;
    p = p * z + 2.0 / 15.0;
    p = p * z + 2.0 / 13.0;
    p = p * z + 2.0 / 11.0;
    p = p * z + 2.0 / 9.0;
    p = p * z + 2.0 / 7.0;
    p = p * z + 2.0 / 5.0;
    p = p * z + 2.0 / 3.0;
    p = p * z;
    // s (2 + p) as f - s (f - p), whose first part is exact.
    store(out + i, (f - s * (f - p)) + lost + k * 0x1.62e42fefa39efp-1);
  }
}

// Sum of squares of the distances to `from`, and of the distances.
void distances(const double* values, std::size_t n, double from, double& first,
               double& second) {
  Pack a{}, b{};
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    Pack x;
    load(x, values + i);
    const Pack e = x - from;
    a += e;
    b += e * e;
  }
  first += sum(a);
  second += sum(b);
  for (; i < n; ++i) {
    const double e = values[i] - from;
    first += e;
    second += e * e;
  }
}

// The recursion over one block of at most 256, and the sum of ln(h scale) + e^2 / h.
// Up to 32 factors share one logarithm, unless their product would leave the range.
double garch_terms(const double* values, std::size_t n, const GarchStep& by,
                   double scale, double& variance) {
  double squares[256], h[256];
  for (std::size_t i = 0; i < n; ++i) {
    const double e = values[i] - by.mean;
    squares[i] = e * e;
    h[i] = by.omega + by.alpha * squares[i];
  }
  double now = variance;
  for (std::size_t i = 0; i < n; ++i) {
    const double next = h[i] + by.beta * now;
    h[i] = now;
    now = next;
  }
  variance = now;
  Pack ratio{};
  double logs = 0.0;
  std::size_t i = 0;
  while (i + kLanes <= n) {
    Pack product = Pack{} + 1.0;
    const std::size_t stop = std::min(n - n % kLanes, i + 8 * kLanes);
    for (; i < stop; i += kLanes) {
      Pack e2, v;
      load(e2, squares + i);
      load(v, h + i);
      ratio += e2 / v;
      product *= v * scale;
    }
    const double all = (product[0] * product[1]) * (product[2] * product[3]);
    if (all > 1e-280 && all < 1e280) {
      logs += std::log(all);
    } else {
      for (std::size_t lane = 0; lane < kLanes; ++lane) logs += std::log(product[lane]);
    }
  }
  double total = sum(ratio) + logs;
  for (; i < n; ++i) total += squares[i] / h[i] + std::log(h[i] * scale);
  return total;
}

// Four rows of one panel: sums of z[row][k] * panel[k][0..11] over k, and the mean.
void tile(const double* z, std::size_t stride, const double* panel, std::size_t depth,
          const double* mean, double* out, std::size_t out_stride) {
  Pack m0, m1, m2;
  load(m0, mean);
  load(m1, mean + kLanes);
  load(m2, mean + 2 * kLanes);
  Pack a0 = m0, a1 = m1, a2 = m2, b0 = m0, b1 = m1, b2 = m2;
  Pack c0 = m0, c1 = m1, c2 = m2, d0 = m0, d1 = m1, d2 = m2;
  for (std::size_t k = 0; k < depth; ++k) {
    Pack p0, p1, p2;
    load(p0, panel + kColumns * k);
    load(p1, panel + kColumns * k + kLanes);
    load(p2, panel + kColumns * k + 2 * kLanes);
    const double a = z[k], b = z[stride + k];
    const double c = z[2 * stride + k], d = z[3 * stride + k];
    a0 += p0 * a;
    a1 += p1 * a;
    a2 += p2 * a;
    b0 += p0 * b;
    b1 += p1 * b;
    b2 += p2 * b;
    c0 += p0 * c;
    c1 += p1 * c;
    c2 += p2 * c;
    d0 += p0 * d;
    d1 += p1 * d;
    d2 += p2 * d;
  }
  store(out, a0);
  store(out + 4, a1);
  store(out + 8, a2);
  store(out + out_stride, b0);
  store(out + out_stride + 4, b1);
  store(out + out_stride + 8, b2);
  store(out + 2 * out_stride, c0);
  store(out + 2 * out_stride + 4, c1);
  store(out + 2 * out_stride + 8, c2);
  store(out + 3 * out_stride, d0);
  store(out + 3 * out_stride + 4, d1);
  store(out + 3 * out_stride + 8, d2);
}

double dot(const double* a, const double* b, std::size_t n) {
  Pack first{}, second{};
  std::size_t i = 0;
  for (; i + 2 * kLanes <= n; i += 2 * kLanes) {
    Pack x, y, u, v;
    load(x, a + i);
    load(y, b + i);
    load(u, a + i + kLanes);
    load(v, b + i + kLanes);
    first += x * y;
    second += u * v;
  }
  double total = sum(first + second);
  for (; i < n; ++i) total += a[i] * b[i];
  return total;
}

void ratios(std::size_t count, const double* means, const double* squares,
            double hurdle, double scale, double* out) {
  std::size_t j = 0;
  for (; j + kLanes <= count; j += kLanes) {
    Pack mean, square;
    load(mean, means + j);
    load(square, squares + j);
    Pack root;
    for (std::size_t lane = 0; lane < kLanes; ++lane)
      root[lane] = __builtin_sqrt(square[lane]);
    // A root of zero is made NaN, and the ratio with it.
    root = square > 0.0 ? root : Pack{} + std::numeric_limits<double>::quiet_NaN();
    store(out + j, (mean - hurdle) * scale / root);
  }
  for (; j < count; ++j) {
    out[j] = squares[j] > 0.0 ? (means[j] - hurdle) * scale / std::sqrt(squares[j])
                              : std::numeric_limits<double>::quiet_NaN();
  }
}

// Joins the parts of windows (Chan, Golub and LeVeque 1979).  Rounding may leave a part
// that does not vary below zero by a hair: that is zero.
AI_TRADING_INLINE void join_pack(const WindowParts& parts, std::size_t j,
                                 const Pack& index, double* means, double* squares) {
  const double per_window = 1.0 / static_cast<double>(parts.window);
  Pack end_sum, end_squares, begin_sum, begin_squares, per_end, per_begin;
  load(end_sum, parts.end_sum + j);
  load(end_squares, parts.end_squares + j);
  load(begin_sum, parts.begin_sum + j);
  load(begin_squares, parts.begin_squares + j);
  load(per_end, parts.per_end + j);
  load(per_begin, parts.per_begin + j);
  const Pack zero{};
  const Pack end_mean = end_sum * per_end;
  const Pack begin_mean = begin_sum * per_begin;
  const Pack between = ((parts.begin_from - parts.end_from) + begin_mean) - end_mean;
  const Pack end_about = end_squares - end_sum * end_mean;
  const Pack begin_about = begin_squares - begin_sum * begin_mean;
  const Pack share = index * per_window;
  store(means + j, parts.end_from + (end_mean + between * share));
  store(squares + j, (end_about > 0.0 ? end_about : zero) +
                         (begin_about > 0.0 ? begin_about : zero) +
                         between * between * (1.0 - share) * index);
}

void join(const WindowParts& parts, std::size_t count, double* means, double* squares) {
  Pack index = {0.0, 1.0, 2.0, 3.0};
  for (std::size_t j = 0; j < count; j += kLanes) {
    join_pack(parts, j, index, means, squares);
    index += 4.0;
  }
}

constexpr Kernels kAll{block_is_usable, block_sum, block_sums, block_log1p, distances,
                       garch_terms,     tile,      dot,        ratios,      join};
