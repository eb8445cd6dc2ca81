/* SPDX-License-Identifier: BSD-2-Clause */
/* Built --without-pcap: files are read all the same, interfaces are not. */
#include "pcap/live.h"

enum err_code live_open(const struct live_options *o, struct live **out, struct err *e)
{
    *out = NULL;
    return err_set(e, ERR_USAGE,
        "%s: this program was built without libpcap: capture with tcpdump -w FILE, and read the file", o->interface);
}

void live_close(struct live *l)
{
    (void)l;
}

int live_fd(const struct live *l)
{
    (void)l;
    return -1;
}

uint16_t live_link(const struct live *l)
{
    (void)l;
    return 0;
}

enum err_code live_read(struct live *l, unsigned most, unsigned *count, struct err *e)
{
    (void)l;
    (void)most;
    *count = 0;
    return err_set(e, ERR_BUG, "nothing was opened");
}

enum err_code live_counts(struct live *l, struct live_counts *n, struct err *e)
{
    (void)l;
    *n = (struct live_counts){ 0 };
    return err_set(e, ERR_BUG, "nothing was opened");
}

const char *live_library(void)
{
    return NULL;
}
