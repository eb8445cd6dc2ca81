/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/inflate.h"

#include "agent/sources/bundle.h"

struct stream *inflate_open(struct stream *inner, struct origin *o)
{
    return bundle_unpack(inner, FORMAT_GZIP, o);
}
