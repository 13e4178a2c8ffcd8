/* What a generated module has only where it is C++: exceptions that leave the user's code, and a
 * `prepared` that becomes a pointer to any type, as it does in C.
 *
 * An exception must not reach the loop of a worker: that is C, and the process would end without a
 * word of what was thrown. So each call of the user's code stands between AXB_TRY and AXB_CATCH,
 * which tell axb what was thrown and then abort. axb finds the pair as it does after any crash. Not
 * part of axb itself, but carried inside it as text (cmake/embed.cmake). */
#ifndef AXB_MATCHER_SCORER_SCORER_GUARD_H
#define AXB_MATCHER_SCORER_SCORER_GUARD_H

#ifdef __cplusplus

#include <cxxabi.h>
#include <exception>
#include <typeinfo>

extern "C" void axb_raised(const char *type, const char *what) __attribute__((noreturn));

/* Called where an exception is caught. */
[[noreturn]] static void axb_guard_raised()
{
    const std::type_info *type = abi::__cxa_current_exception_type();
    int failed = 0;
    char *plain = type ? abi::__cxa_demangle(type->name(), nullptr, nullptr, &failed) : nullptr;
    const char *name = plain ? plain : type ? type->name() : "an exception";
    try {
        throw;
    } catch (const std::exception &x) {
        axb_raised(name, x.what());
    } catch (const char *text) {
        axb_raised(name, text);
    } catch (...) {
        axb_raised(name, "");
    }
}

struct axb_any {
    const void *p;
    template <typename T> operator const T *() const
    {
        return static_cast<const T *>(p);
    }
};

#define AXB_TRY try {
#define AXB_CATCH                                                                                  \
    }                                                                                              \
    catch (...)                                                                                    \
    {                                                                                              \
        axb_guard_raised();                                                                        \
    }

#else

typedef const void *axb_any;

#define AXB_TRY
#define AXB_CATCH

#endif

#endif
