/* Quarry in C++: the levels of quarry.h as types that own what they hold. C++17 and later, header only.
 *
 *   quarry::allocator<T>        for the containers of the standard library
 *   quarry::memory_resource     for those of std::pmr; quarry::heap_resource() is one that always lives
 *   quarry::object_cache<T>     objects that stay constructed while they are free; quarry::object<T> owns one
 *   quarry::pages               2^order pages
 *   quarry::region              bytes that grow without being copied
 *   quarry::purge()             gives free memory back to the kernel, now
 *
 * It needs exceptions and RTTI: compile without -fno-exceptions and -fno-rtti.
 *
 * The operators new and delete need no header: the library has them. A program that uses this one links with the library.
 *
 * Errors. Where memory is short, functions throw std::bad_alloc; where an argument is wrong, std::system_error with the errno
 * of quarry.h. What is marked noexcept does neither. No exception passes through the library itself.
 *
 * Threads. One object of these types may be used by one thread at a time, as with the standard library; object_cache and the
 * resources by any number.
 *
 * There is no standard allocator over an object cache: containers allocate nodes and arrays of their own choice, and a cache
 * has objects of one type. */
#ifndef QUARRY_HPP
#define QUARRY_HPP

#include "quarry.h"

#include <cerrno>
#include <cstddef>
#include <exception>
#include <limits>
#include <memory>
#include <memory_resource>
#include <new>
#include <system_error>
#include <type_traits>
#include <utility>

namespace quarry {

/* The kernel's smallest page. */
inline constexpr std::size_t page_size = (std::size_t{1} << 30) >> QUARRY_MAX_ORDER;

/* As quarry_purge. */
inline std::size_t purge() noexcept { return quarry_purge(); }

namespace detail {

/* Throws what errno says. */
[[noreturn]] inline void refuse(const char *what) {
    if (errno == ENOMEM)
        throw std::bad_alloc();
    throw std::system_error(errno, std::generic_category(), what);
}

/* As operator new: the new-handler runs until there is memory, or there is no handler. Every object is aligned to 16. */
inline void *allocate(std::size_t size, std::size_t alignment) {
    for (;;) {
        if (void *object = alignment <= 16 ? quarry_malloc(size) : quarry_aligned_alloc(alignment, size))
            return object;
        std::new_handler handler = std::get_new_handler();
        if (handler == nullptr)
            throw std::bad_alloc();
        handler();
    }
}

} // namespace detail

/* Bytes ---------------------------------------------------------------------------------------------------------------- */

/* The heap as an allocator. All are equal: what one allocated, any other may free. The new-handler is called as operator new
 * calls it.
 * Throws:   std::bad_array_new_length if the size overflows, std::bad_alloc if there is no memory.
 * Threads:  safe.                          Standard: C++17 [allocator.requirements] */
template <class T> class allocator {
    static_assert(std::is_object_v<T> && !std::is_const_v<T> && !std::is_volatile_v<T>, "elements are plain objects");

public:
    using value_type = T;
    using is_always_equal = std::true_type;
    using propagate_on_container_move_assignment = std::true_type;

    constexpr allocator() noexcept = default;
    template <class U> constexpr allocator(const allocator<U> &) noexcept {}

    [[nodiscard]] T *allocate(std::size_t count) {
        if (count > std::numeric_limits<std::size_t>::max() / sizeof(T))
            throw std::bad_array_new_length();
        return static_cast<T *>(detail::allocate(count * sizeof(T), alignof(T)));
    }
    void deallocate(T *elements, std::size_t) noexcept { quarry_free(elements); }
};

template <class T, class U> constexpr bool operator==(const allocator<T> &, const allocator<U> &) noexcept { return true; }
template <class T, class U> constexpr bool operator!=(const allocator<T> &, const allocator<U> &) noexcept { return false; }

/* The heap as a memory resource. All are equal. The new-handler is called as operator new calls it.
 * Throws:   std::bad_alloc if there is no memory.
 * Threads:  safe.                          Standard: C++17 [mem.res] */
class memory_resource final : public std::pmr::memory_resource {
    void *do_allocate(std::size_t size, std::size_t alignment) override { return detail::allocate(size, alignment); }
    void do_deallocate(void *object, std::size_t, std::size_t) noexcept override { quarry_free(object); }
    bool do_is_equal(const std::pmr::memory_resource &other) const noexcept override {
        return dynamic_cast<const memory_resource *>(&other) != nullptr;
    }
};

/* Returns a resource that is never destroyed, so that containers of static storage may use it to their end. */
inline memory_resource *heap_resource() noexcept {
    alignas(memory_resource) static unsigned char storage[sizeof(memory_resource)];
    static memory_resource *const resource = ::new (storage) memory_resource;
    return resource;
}

/* Object caches -------------------------------------------------------------------------------------------------------- */

/* Gives an object back to its cache, still constructed. */
template <class T> struct give_back {
    quarry_cache *cache = nullptr;
    void operator()(T *object) const noexcept { quarry_cache_free(cache, object); }
};

/* Owns an object of a cache, and gives it back where it dies. It is a std::unique_ptr: it moves and is not copied, release()
 * lets the object go, and object_cache<T>::adopt takes it in again. It must not outlive a cache that was destroyed. */
template <class T> using object = std::unique_ptr<T, give_back<T>>;

/* A cache of T that stay constructed while they are free. Objects are made by a factory, once each, when they are cut from
 * their slab, and destroyed when the slab goes back to the buddy system. In between, whoever gives an object back leaves it in
 * the state in which the next user wants to find it.
 *
 *   quarry::object_cache<session> sessions("session", [&] { return session(limits); });
 *   quarry::object<session> one = sessions.make();
 *
 * The factory and T's destructor may use the heap and other caches, not this one. Several threads may call them at once.
 *
 * A cache stays where it was created: it is neither copied nor moved. The destructor destroys all objects, which must have been
 * given back. If some are still out, the library says so on standard error, and the cache is left as it is, factory included:
 * memory is lost, but the objects that are out stay good and can still be given back. The same holds within the factory, the
 * reclaim callable or ~T of this very cache; others may be destroyed there.
 *
 * Source: Bonwick, USENIX Summer 1994, section 2. */
template <class T> class object_cache {
    static_assert(std::is_object_v<T> && !std::is_array_v<T> && !std::is_const_v<T>, "objects of a cache are plain objects");
    static_assert(std::is_nothrow_destructible_v<T>, "a slab goes back in the middle of other calls: ~T must not throw");
    static_assert(sizeof(T) <= (std::size_t{4} << 20), "an object has at most 4 MiB");
    static_assert(alignof(T) <= (std::size_t{16} << 10), "an object is aligned to at most 16 KiB");

public:
    /* Creates a cache whose objects are T(). `name` and `flags` are those of quarry_cache_create.
     * Throws:   std::system_error with EINVAL for a bad name or flag, EAGAIN if there are too many caches; std::bad_alloc. */
    explicit object_cache(const char *name, unsigned flags = 0)
        : object_cache(name, []() noexcept(std::is_nothrow_default_constructible_v<T>) { return T(); }, flags) {}

    /* Creates a cache whose objects are what `factory()` returns: a T, made in its place, so T need not be movable. */
    template <class Factory, class = std::enable_if_t<std::is_invocable_v<Factory &>>>
    object_cache(const char *name, Factory factory, unsigned flags = 0)
        : object_cache(name, std::move(factory), nullptr, flags) {}

    /* Besides, calls `reclaim()` when memory is short, in whatever thread finds out. It gives back what can be spared, may
     * reap this cache, and is noexcept. */
    template <class Factory, class Reclaim,
              class = std::enable_if_t<std::is_invocable_v<Factory &> &&
                                       (std::is_null_pointer_v<Reclaim> || std::is_invocable_v<Reclaim &>)>>
    object_cache(const char *name, Factory factory, Reclaim reclaim, unsigned flags = 0)
        : throws_(!std::is_nothrow_invocable_v<Factory &>) {
        static_assert(std::is_same_v<std::invoke_result_t<Factory &>, T>, "the factory returns a T");
        using callbacks = callbacks_of<Factory, Reclaim>;
        std::unique_ptr<callbacks> made(new callbacks{std::move(factory), std::move(reclaim)});
        quarry_reclaim *reclaim_or_null = nullptr;
        if constexpr (!std::is_null_pointer_v<Reclaim>)
            reclaim_or_null = callbacks::reclaim;
        cache_ = quarry_cache_create(name, sizeof(T), alignof(T), callbacks::construct,
                                     std::is_trivially_destructible_v<T> ? nullptr : destruct, reclaim_or_null, made.get(),
                                     flags);
        if (cache_ == nullptr)
            detail::refuse("quarry::object_cache");
        callbacks_ = kept(made.release(), [](void *at) { delete static_cast<callbacks *>(at); });
    }

    object_cache(const object_cache &) = delete;
    object_cache &operator=(const object_cache &) = delete;

    ~object_cache() {
        if (quarry_cache_destroy(cache_) != 0)
            (void)callbacks_.release();
    }

    /* Allocates an object.
     * Throws:   what the factory threw if that is why there is none, else std::bad_alloc.
     * Threads:  safe.                          Cost: as malloc */
    [[nodiscard]] object<T> make() {
        if (throws_)
            return make_catching();
        object<T> one = try_make();
        if (one == nullptr)
            throw std::bad_alloc();
        return one;
    }

    /* Allocates an object, or returns an empty one: there is no memory, or the factory threw.
     * Threads:  safe.                          Cost: as malloc */
    [[nodiscard]] object<T> try_make() noexcept { return adopt(static_cast<T *>(quarry_cache_alloc(cache_))); }

    /* Takes in an object of this cache that was released, or nullptr. */
    [[nodiscard]] object<T> adopt(T *released) noexcept { return object<T>(released, give_back<T>{cache_}); }

    /* Gives back what the cache can spare; returns the bytes. As quarry_cache_reap. */
    std::size_t reap() noexcept { return quarry_cache_reap(cache_); }

    /* The cache as the functions of quarry.h take it. It stays this object's: it must not be destroyed. */
    quarry_cache *native() const noexcept { return cache_; }

private:
    /* A call of make that waits for what the factory throws. They nest if a factory makes objects of other caches. */
    struct waiting {
        const void *callbacks;
        waiting *outer;
        std::exception_ptr thrown = nullptr;

        explicit waiting(const void *whose) noexcept : callbacks(whose), outer(std::exchange(innermost, this)) {}
        waiting(const waiting &) = delete;
        waiting &operator=(const waiting &) = delete;
        ~waiting() { innermost = outer; }
    };
    /* The innermost such call in this thread. */
    static inline thread_local waiting *innermost = nullptr;

    template <class Factory, class Reclaim> struct callbacks_of {
        Factory factory_;
        Reclaim reclaim_;

        static int construct(void *place, void *arg) noexcept {
            try {
                ::new (place) T(static_cast<callbacks_of *>(arg)->factory_());
                return 0;
            } catch (...) {
                if (innermost != nullptr && innermost->callbacks == arg)
                    innermost->thrown = std::current_exception();
                return -1;
            }
        }
        static void reclaim(void *arg) noexcept { static_cast<callbacks_of *>(arg)->reclaim_(); }
    };
    static void destruct(void *object, void *) noexcept { static_cast<T *>(object)->~T(); }

    object<T> make_catching() {
        waiting call(callbacks_.get());
        object<T> one = try_make();
        if (one != nullptr)
            return one;
        if (call.thrown != nullptr)
            std::rethrow_exception(call.thrown);
        throw std::bad_alloc();
    }

    using kept = std::unique_ptr<void, void (*)(void *)>;
    kept callbacks_{nullptr, [](void *) {}};
    quarry_cache *cache_ = nullptr;
    const bool throws_;
};

/* Pages ---------------------------------------------------------------------------------------------------------------- */

/* Owns 2^order pages, aligned to their size. Moves, and is empty then.
 * Source: Knowlton, CACM 1965. */
class pages {
public:
    pages() noexcept = default;

    /* Allocates 2^order pages, contents undefined.
     * Throws:   std::bad_alloc if there is no memory; std::system_error with EINVAL if order > QUARRY_MAX_ORDER. */
    explicit pages(unsigned order) : pages(quarry_alloc_pages(order), order) {}

    /* Allocates 2^order pages, all bytes zero; throws alike. */
    static pages zeroed(unsigned order) { return pages(quarry_get_zeroed_pages(order), order); }

    pages(pages &&other) noexcept : data_(std::exchange(other.data_, nullptr)), order_(std::exchange(other.order_, 0u)) {}
    pages &operator=(pages &&other) noexcept {
        pages(std::move(other)).swap(*this);
        return *this;
    }
    ~pages() { quarry_free_pages(data_, order_); }

    void swap(pages &other) noexcept {
        std::swap(data_, other.data_);
        std::swap(order_, other.order_);
    }

    std::byte *data() const noexcept { return static_cast<std::byte *>(data_); }
    /* Bytes; 0 if it is empty. */
    std::size_t size() const noexcept { return data_ == nullptr ? 0 : page_size << order_; }
    unsigned order() const noexcept { return order_; }
    explicit operator bool() const noexcept { return data_ != nullptr; }

private:
    pages(void *data, unsigned order) : data_(data), order_(order) {
        if (data == nullptr)
            detail::refuse("quarry::pages");
    }

    void *data_ = nullptr;
    unsigned order_ = 0;
};

/* Regions -------------------------------------------------------------------------------------------------------------- */

/* Owns a memory area of its own, whose bytes are zero at first. Moves, and is empty then. */
class region {
public:
    region() noexcept = default;

    /* Allocates a region of `size` bytes. Size 0 gives an empty one.
     * Throws:   std::bad_alloc if there is no memory or no address space. */
    explicit region(std::size_t size) { resize(size); }

    region(region &&other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, std::size_t{0})) {}
    region &operator=(region &&other) noexcept {
        region(std::move(other)).swap(*this);
        return *this;
    }
    ~region() { quarry_vfree(data_); }

    void swap(region &other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
    }

    /* Changes the size to `size` bytes. The region may move; its bytes are kept and new ones are zero, but none is copied.
     * Size 0 empties it.
     * Throws:   std::bad_alloc, and then the region is as it was. */
    void resize(std::size_t size) {
        void *data = size == 0 && data_ == nullptr ? nullptr : quarry_vrealloc(data_, size);
        if (data == nullptr && size != 0)
            throw std::bad_alloc();
        data_ = data;
        size_ = size;
    }

    std::byte *data() const noexcept { return static_cast<std::byte *>(data_); }
    /* Bytes asked for; 0 if it is empty. */
    std::size_t size() const noexcept { return size_; }
    explicit operator bool() const noexcept { return data_ != nullptr; }

private:
    void *data_ = nullptr;
    std::size_t size_ = 0;
};

} // namespace quarry

#endif
