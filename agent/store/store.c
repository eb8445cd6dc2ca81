/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/store/store.h"

#include <sqlite3.h>
