"""What the desk tells the outside."""

import numpy as np

order_dtype: np.dtype[np.void]
fill_dtype: np.dtype[np.void]
account_dtype: np.dtype[np.void]
