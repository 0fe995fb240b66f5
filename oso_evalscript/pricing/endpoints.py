"""Where the service keeps which collections: data fusion counts those at another endpoint twice."""

from __future__ import annotations

from urllib.parse import urlsplit

_MAIN = "services.sentinel-hub.com"
_US_WEST = "services-uswest2.sentinel-hub.com"
_CREODIAS = "creodias.sentinel-hub.com"
# From the `service_url` of each collection in sentinelhub-py 3.12, data_collections.py.
_KEPT_AT = {
    "sentinel-1-grd": _MAIN,
    "sentinel-2-l1c": _MAIN,
    "sentinel-2-l2a": _MAIN,
    "dem": _MAIN,
    "modis": _US_WEST,
    "hls": _US_WEST,
    "landsat-mss-l1": _US_WEST,
    "landsat-tm-l1": _US_WEST,
    "landsat-tm-l2": _US_WEST,
    "landsat-etm-l1": _US_WEST,
    "landsat-etm-l2": _US_WEST,
    "landsat-ot-l1": _US_WEST,
    "landsat-ot-l2": _US_WEST,
    "sentinel-5p-l2": _CREODIAS,
    "sentinel-3-olci": _CREODIAS,
    "sentinel-3-slstr": _CREODIAS,
}


def is_remote(address: str, collection: str) -> bool | None:
    """Return whether a collection is kept at another endpoint than that of an address; None where it is not known.

    Args:
        address: where the request is sent to.
        collection: the id of the collection in the catalogue.
    """
    try:
        host = urlsplit(address).hostname
    except ValueError:
        return None
    if host not in _KEPT_AT.values() or collection not in _KEPT_AT:
        return None
    return _KEPT_AT[collection] != host
