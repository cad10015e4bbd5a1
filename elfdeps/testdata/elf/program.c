#define _GNU_SOURCE
#include <link.h>
#include <stdio.h>
#include <string.h>

static int print(struct dl_phdr_info *info, size_t size, void *data) {
	if (strchr(info->dlpi_name, '/'))
		printf("%s (0x0)\n", info->dlpi_name);
	return 0;
}

int main(void) { return dl_iterate_phdr(print, 0); }
