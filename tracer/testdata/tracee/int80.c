// ia32
// setup: echo >f
// want: open f
// want: open g ENOENT
#include "tracee.h"
// A 64-bit program that enters the kernel by the 32-bit gate.
static long gate(long nr, long a, long b, long c)
{
	long r;
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(nr), "b"(a), "c"(b), "d"(c) : "memory");
	return r;
}
int main(void)
{
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	strcpy(low, "f");
	strcpy(low + 16, "g");
	printf("%d\n", gate(5, (long)low, O_RDONLY, 0) >= 0);
	printf("%ld\n", gate(295, AT_FDCWD, (long)low + 16, O_RDONLY));
	return 0;
}
