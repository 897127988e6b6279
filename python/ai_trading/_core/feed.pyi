"""Market data: records, decoders, encoders."""

import numpy as np

event_dtype: np.dtype[np.void]
quote_dtype: np.dtype[np.void]
bar_dtype: np.dtype[np.void]
