// epoll(7) and eventfd(2), which Swift's Glibc module leaves out.
#ifndef BRANCHLITE_CPOLLING_SHIM_H
#define BRANCHLITE_CPOLLING_SHIM_H
#ifdef __linux__
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

enum { CPOLLING_HAS_CLOSED = 1, CPOLLING_HAS_INPUT = 2 };

static inline int cpolling_poller(void) { return epoll_create1(EPOLL_CLOEXEC); }

static inline int cpolling_control(int poller, int operation, int descriptor, uint64_t number, int input) {
    struct epoll_event event = {.events = EPOLLRDHUP | EPOLLONESHOT | (input ? EPOLLIN : 0), .data = {.u64 = number}};
    return epoll_ctl(poller, operation, descriptor, &event);
}

// Each is said once; `cpolling_renew` asks for it again, and for input or not.
static inline int cpolling_add(int poller, int descriptor, uint64_t number) { return cpolling_control(poller, EPOLL_CTL_ADD, descriptor, number, 0); }
static inline int cpolling_renew(int poller, int descriptor, uint64_t number, int input) { return cpolling_control(poller, EPOLL_CTL_MOD, descriptor, number, input); }
static inline int cpolling_remove(int poller, int descriptor) { return epoll_ctl(poller, EPOLL_CTL_DEL, descriptor, 0); }

// Waits without end for the next that has something to say; its number and what: 0 when interrupted.
static inline int cpolling_wait(int poller, uint64_t *number) {
    struct epoll_event event;
    if (epoll_wait(poller, &event, 1, -1) < 1) return 0;
    *number = event.data.u64;
    return (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR) ? CPOLLING_HAS_CLOSED : 0) | (event.events & EPOLLIN ? CPOLLING_HAS_INPUT : 0);
}

static inline int cpolling_bell(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
static inline void cpolling_ring(int bell) { eventfd_write(bell, 1); }
static inline void cpolling_silence(int bell) {
    eventfd_t count;
    eventfd_read(bell, &count);
}
#endif
#endif
