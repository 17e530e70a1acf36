"""XML that refuses what makes it dangerous: entities and a DOCTYPE, which can fill the memory."""

from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from vislab.errors import VislabError


def parse_xml(data: bytes, where: str) -> Any:
    """The root element of an XML file. Raises VislabError if it is no XML or has a DOCTYPE."""
    try:
        return fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise VislabError(f"{where}: has a DOCTYPE or entities, which no label tool writes; export it again") from error
    except (ParseError, ValueError, LookupError) as error:  # of an encoding that nobody knows
        raise VislabError(f"{where}: is not XML ({error}); export it again") from error
