// remark: io_uring
// differs
#include "tracee.h"
#include <linux/io_uring.h>
int main(void)
{
	struct io_uring_params p = {0};
	long fd = syscall(SYS_io_uring_setup, 4, &p);
	return fd == -1 && errno == ENOSYS ? 0 : 1;
}
