"""Uses clients in the processes of a pool, made in one of the three ways."""

import multiprocessing
import sys
import warnings

from tenant_select import Client, PermissionDeniedError

from programs.identity import token

METHOD, CALLS = sys.argv[1], int(sys.argv[2])

client = Client()


def user_id(_: int) -> str | None:
    """Make one call with the client that this process has inherited or made."""
    return client.me(token()).user_id


def refused(_: int) -> object:
    """Fail, so that the exception has to travel."""
    return client.select_tenant("nowhere", token())


if __name__ == "__main__":
    expected = user_id(0)
    # Python warns of forking with threads about, which is what this is about.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    with multiprocessing.get_context(METHOD).Pool(4) as pool:
        assert pool.map(user_id, range(CALLS)) == [expected] * CALLS
        try:
            pool.apply(refused, (0,))
        except PermissionDeniedError as error:
            travelled = error.status == 403 and error.outcome == "rejected"
        else:
            travelled = False
        if not travelled:
            sys.exit("the failure did not travel")
        pool.close()
        pool.join()
    assert user_id(0) == expected
