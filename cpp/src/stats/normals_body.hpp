// The drawing itself.  normals.cpp includes this file once for every processor that it
// knows, each time in another namespace; it therefore has no guard.

AI_TRADING_INLINE void rotate(BitPack& x, int by) { x = (x << by) | (x >> (64 - by)); }

AI_TRADING_INLINE void next(BitPack (&s)[4], BitPack& out) {
  BitPack turned = s[0] + s[3];
  rotate(turned, 23);
  out = turned + s[0];
  const BitPack shifted = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  rotate(s[3], 45);
}

// Multiples of 2^-52 in [1, 2).
AI_TRADING_INLINE void one_to_two(const BitPack& bits, Pack& out) {
  out = __builtin_bit_cast(Pack, (bits >> 12) | kOne);
}

// -ln(2 - x) for x in [1, 2): with 2 - x = 2^k (1 + f), 1 + f in [0.707, 1.414), and
// s = f / (2 + f), the series 2 (s + s^3/3 + ... + s^17/17); |s| < 0.1716, so that the
// first term left out is 3e-16.
AI_TRADING_INLINE void minus_log_rest(const Pack& x, Pack& out) {
  const Pack u = 2.0 - x;
  const BitPack bits = __builtin_bit_cast(BitPack, u);
  Pack m = __builtin_bit_cast(Pack, (bits & kFraction) | kOne);
  // The exponent as a double: its bits under those of 2^52.
  Pack k = __builtin_bit_cast(Pack, (bits >> 52) | 0x4330000000000000ULL) -
           (0x1p52 + 1023.0);
  const MaskPack above = m >= 0x1.6a09e667f3bcdp+0;
  m = above ? m * 0.5 : m;
  k = above ? k + 1.0 : k;
  const Pack f = m - 1.0;
  const Pack s = f / (m + 1.0);
  const Pack z = s * s;
  // In pairs rather than one after the other: the chain of waits is half as long.
  const Pack z2 = z * z;
  const Pack z4 = z2 * z2;
  const Pack low = (z * (2.0 / 3.0) + 2.0) + z2 * (z * (2.0 / 7.0) + 2.0 / 5.0);
  const Pack high =
      (z * (2.0 / 11.0) + 2.0 / 9.0) + z2 * (z * (2.0 / 15.0) + 2.0 / 13.0);
  const Pack p = low + z4 * (high + z4 * (2.0 / 17.0));
  out = -(k * 0x1.62e42fefa39efp-1 + s * p);
}

// Sine and cosine for |y| <= pi/4 by their series; the first terms left out are 5e-17
// and 8e-19.
AI_TRADING_INLINE void sine_cosine(const Pack& y, Pack& sine, Pack& cosine) {
  const Pack z = y * y;
  const Pack z2 = z * z;
  const Pack z4 = z2 * z2;
  const Pack s =
      ((z * (1.0 / 120.0) - 1.0 / 6.0) + z2 * (z * (1.0 / 362880.0) - 1.0 / 5040.0)) +
      z4 * ((z * (1.0 / 6227020800.0) - 1.0 / 39916800.0) +
            z2 * (-1.0 / 1307674368000.0));
  sine = y + y * z * s;
  const Pack c = ((z * (1.0 / 24.0) - 0.5) + z2 * (z * (1.0 / 40320.0) - 1.0 / 720.0)) +
                 z4 * ((z * (1.0 / 479001600.0) - 1.0 / 3628800.0) +
                       z2 * (z * (1.0 / 20922789888000.0) - 1.0 / 87178291200.0));
  cosine = 1.0 + z * c;
}

// One group.  With u uniform and y uniform in [-pi/4, pi/4), the point at the angle
// y + pi/4 and the radius sqrt(-2 ln u) is sqrt(-ln u) (cos y -/+ sin y); two more
// random bits put it into any of the four quadrants.
void fill_group(BitPack (&state)[4], double* out) {
  BitPack s[4] = {state[0], state[1], state[2], state[3]};
  double radius[kGroup / 2];
  for (std::size_t i = 0; i < kGroup / 2; i += kLanes) {
    BitPack bits;
    Pack uniform, square;
    next(s, bits);
    one_to_two(bits, uniform);
    minus_log_rest(uniform, square);
    store(radius + i, square);
  }
  for (std::size_t i = 0; i < kGroup / 2; ++i) radius[i] = std::sqrt(radius[i]);
  for (std::size_t i = 0; i < kGroup / 2; i += kLanes) {
    BitPack bits;
    Pack uniform, sine, cosine, r;
    next(s, bits);
    one_to_two(bits, uniform);
    sine_cosine((uniform - 1.5) * 0x1.921fb54442d18p+0, sine, cosine);
    load(r, radius + i);
    const Pack a = r * (cosine - sine);
    const Pack b = r * (cosine + sine);
    store(out + 2 * i, __builtin_bit_cast(Pack, __builtin_bit_cast(BitPack, a) ^
                                                    ((bits << 63) & kSignBit)));
    store(out + 2 * i + kLanes,
          __builtin_bit_cast(
              Pack, __builtin_bit_cast(BitPack, b) ^ ((bits << 62) & kSignBit)));
  }
  for (std::size_t i = 0; i < 4; ++i) state[i] = s[i];
}
