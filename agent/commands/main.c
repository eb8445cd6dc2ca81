/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/command.h"

#include <locale.h>

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, ""); /* only to know whether the terminal shows UTF-8 */
    return command_finish(command_main(argc, argv));
}
