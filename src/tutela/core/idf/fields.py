"""The IntelMQ Data Format (IDF) as one table; schema, validators, JSON form and documentation follow from it.

Source: IntelMQ 3.5.0 harmonisation, 89 event fields. Everything else a report says travels as ``extra.*``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

UTC_DATETIME = pl.Datetime("us", "UTC")


class IdfType(StrEnum):
    """The types of IDF values, named as the format's documentation names them."""

    STRING = "String"
    LOWERCASE_STRING = "LowercaseString"
    UPPERCASE_STRING = "UppercaseString"
    FQDN = "FQDN"
    URL = "URL"
    DATETIME = "DateTime"
    FLOAT = "Float"
    ACCURACY = "Accuracy"
    INTEGER = "Integer"
    ASN = "ASN"
    BOOLEAN = "Boolean"
    IP_ADDRESS = "IPAddress"
    IP_NETWORK = "IPNetwork"
    REGISTRY = "Registry"
    CLASSIFICATION_TAXONOMY = "ClassificationTaxonomy"
    CLASSIFICATION_TYPE = "ClassificationType"
    TLP = "TLP"
    JSON = "JSON"
    JSON_DICT = "JSONDict"
    BASE64 = "Base64"

    @property
    def dtype(self) -> pl.DataType:
        """How a column of this type lies in memory and in the lake."""
        return _DTYPES.get(self, pl.String())


_DTYPES: Mapping[IdfType, pl.DataType] = MappingProxyType(
    {
        IdfType.DATETIME: UTC_DATETIME,
        IdfType.FLOAT: pl.Float64(),
        IdfType.ACCURACY: pl.Float64(),
        IdfType.INTEGER: pl.Int64(),
        IdfType.ASN: pl.Int64(),
        IdfType.BOOLEAN: pl.Boolean(),
    }
)

PRINTABLE_ASCII = r"^[ -~]+$"
NO_TRAILING_DOT = r"^.*[^\.]$"
COUNTRY_CODE = r"^[a-zA-Z0-9]{2}$"
UUID = r"^[a-z0-9]{8}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{12}$"
TRANSPORT_PROTOCOLS = frozenset(
    """
    ip icmp igmp ggp ipencap st2 tcp cbt egp igp bbn-rcc nvp nvp-ii pup argus emcon xnet chaos udp mux
    dcn hmp prm xns-idp trunk-1 trunk-2 leaf-1 leaf-2 rdp irtp iso-tp4 netblt mfe-nsp merit-inp sep 3pc
    idpr xtp ddp idpr-cmtp tp++ il ipv6 sdrp ipv6-route ipv6-frag idrp rsvp gre mhrp bna esp ah i-nlsp
    swipe narp mobile tlsp skip ipv6-icmp ipv6-nonxt ipv6-opts cftp sat-expak kryptolan rvd ippc sat-mon
    visa ipcv cpnx cphb wsn pvp br-sat-mon sun-nd wb-mon wb-expak iso-ip vmtp secure-vmtp vines ttp
    nsfnet-igp dgp tcf eigrp ospf sprite-rpc larp mtp ax.25 ipip micp scc-sp etherip encap gmtp ifmp
    pnni pim aris scps qnx a/n ipcomp snp compaq-peer ipx-in-ip vrrp pgm l2tp ddx iatp st srp uti smp sm
    ptp isis fire crtp crdup sscopmce iplt sps pipe sctp fc divert
    """.split()
)


@dataclass(frozen=True, slots=True)
class Field:
    """One IDF field: its name, its type, and what narrows its values further."""

    name: str
    type: IdfType
    pattern: str | None = None
    maximum_length: int | None = None
    choices: frozenset[str] | None = None


EVENT_FIELDS: tuple[Field, ...] = (
    Field("classification.identifier", IdfType.STRING),
    Field("classification.taxonomy", IdfType.CLASSIFICATION_TAXONOMY, maximum_length=100),
    Field("classification.type", IdfType.CLASSIFICATION_TYPE),
    Field("comment", IdfType.STRING),
    Field("constituency", IdfType.STRING),
    Field("destination.abuse_contact", IdfType.LOWERCASE_STRING),
    Field("destination.account", IdfType.STRING),
    Field("destination.allocated", IdfType.DATETIME),
    Field("destination.as_name", IdfType.STRING),
    Field("destination.asn", IdfType.ASN),
    Field("destination.domain_suffix", IdfType.FQDN),
    Field("destination.fqdn", IdfType.FQDN, pattern=NO_TRAILING_DOT),
    Field("destination.geolocation.cc", IdfType.UPPERCASE_STRING, maximum_length=2, pattern=COUNTRY_CODE),
    Field("destination.geolocation.city", IdfType.STRING),
    Field("destination.geolocation.country", IdfType.STRING),
    Field("destination.geolocation.latitude", IdfType.FLOAT),
    Field("destination.geolocation.longitude", IdfType.FLOAT),
    Field("destination.geolocation.region", IdfType.STRING),
    Field("destination.geolocation.state", IdfType.STRING),
    Field("destination.ip", IdfType.IP_ADDRESS),
    Field("destination.local_hostname", IdfType.STRING),
    Field("destination.local_ip", IdfType.IP_ADDRESS),
    Field("destination.network", IdfType.IP_NETWORK),
    Field("destination.port", IdfType.INTEGER),
    Field("destination.registry", IdfType.REGISTRY, maximum_length=7),
    Field("destination.reverse_dns", IdfType.FQDN, pattern=NO_TRAILING_DOT),
    Field("destination.tor_node", IdfType.BOOLEAN),
    Field("destination.url", IdfType.URL),
    Field("destination.urlpath", IdfType.STRING),
    Field("event_description.target", IdfType.STRING),
    Field("event_description.text", IdfType.STRING),
    Field("event_description.url", IdfType.URL),
    Field("event_hash", IdfType.UPPERCASE_STRING, maximum_length=40, pattern=r"^[A-F0-9./]+$"),
    Field("extra", IdfType.JSON_DICT),
    Field("feed.accuracy", IdfType.ACCURACY),
    Field("feed.code", IdfType.STRING, maximum_length=100),
    Field("feed.documentation", IdfType.STRING),
    Field("feed.name", IdfType.STRING),
    Field("feed.provider", IdfType.STRING),
    Field("feed.url", IdfType.URL),
    Field("malware.hash.md5", IdfType.STRING, maximum_length=200, pattern=PRINTABLE_ASCII),
    Field("malware.hash.sha1", IdfType.STRING, maximum_length=200, pattern=PRINTABLE_ASCII),
    Field("malware.hash.sha256", IdfType.STRING, maximum_length=200, pattern=PRINTABLE_ASCII),
    Field("malware.name", IdfType.LOWERCASE_STRING, pattern=PRINTABLE_ASCII),
    Field("malware.version", IdfType.STRING, pattern=PRINTABLE_ASCII),
    Field("misp.attribute_uuid", IdfType.LOWERCASE_STRING, maximum_length=36, pattern=UUID),
    Field("misp.event_uuid", IdfType.LOWERCASE_STRING, maximum_length=36, pattern=UUID),
    Field("output", IdfType.JSON),
    Field("product.full_name", IdfType.STRING),
    Field("product.name", IdfType.LOWERCASE_STRING),
    Field("product.vendor", IdfType.LOWERCASE_STRING),
    Field("product.version", IdfType.LOWERCASE_STRING),
    Field("product.vulnerabilities", IdfType.LOWERCASE_STRING),
    Field("protocol.application", IdfType.LOWERCASE_STRING, maximum_length=100, pattern=PRINTABLE_ASCII),
    Field("protocol.transport", IdfType.LOWERCASE_STRING, maximum_length=11, choices=TRANSPORT_PROTOCOLS),
    Field("raw", IdfType.BASE64),
    Field("rtir_id", IdfType.INTEGER),
    Field("screenshot_url", IdfType.URL),
    Field(
        "severity", IdfType.LOWERCASE_STRING, maximum_length=10, pattern=r"^(critical|high|medium|low|info|undefined)$"
    ),
    Field("source.abuse_contact", IdfType.LOWERCASE_STRING),
    Field("source.account", IdfType.STRING),
    Field("source.allocated", IdfType.DATETIME),
    Field("source.as_name", IdfType.STRING),
    Field("source.asn", IdfType.ASN),
    Field("source.domain_suffix", IdfType.FQDN),
    Field("source.fqdn", IdfType.FQDN, pattern=NO_TRAILING_DOT),
    Field("source.geolocation.cc", IdfType.UPPERCASE_STRING, maximum_length=2, pattern=COUNTRY_CODE),
    Field("source.geolocation.city", IdfType.STRING),
    Field("source.geolocation.country", IdfType.STRING),
    Field("source.geolocation.cymru_cc", IdfType.UPPERCASE_STRING, maximum_length=2, pattern=COUNTRY_CODE),
    Field("source.geolocation.geoip_cc", IdfType.UPPERCASE_STRING, maximum_length=2, pattern=COUNTRY_CODE),
    Field("source.geolocation.latitude", IdfType.FLOAT),
    Field("source.geolocation.longitude", IdfType.FLOAT),
    Field("source.geolocation.region", IdfType.STRING),
    Field("source.geolocation.state", IdfType.STRING),
    Field("source.ip", IdfType.IP_ADDRESS),
    Field("source.local_hostname", IdfType.STRING),
    Field("source.local_ip", IdfType.IP_ADDRESS),
    Field("source.network", IdfType.IP_NETWORK),
    Field("source.port", IdfType.INTEGER, maximum_length=5),
    Field("source.registry", IdfType.REGISTRY, maximum_length=7),
    Field("source.reverse_dns", IdfType.FQDN, pattern=NO_TRAILING_DOT),
    Field("source.tor_node", IdfType.BOOLEAN),
    Field("source.url", IdfType.URL),
    Field("source.urlpath", IdfType.STRING),
    Field("status", IdfType.STRING),
    Field("time.observation", IdfType.DATETIME),
    Field("time.source", IdfType.DATETIME),
    Field("tlp", IdfType.TLP),
)

FIELDS: Mapping[str, Field] = MappingProxyType({field.name: field for field in EVENT_FIELDS})

EXTRA = "extra"
EXTRA_PREFIX = "extra."

NOT_IDENTITY = frozenset({"raw", "time.observation"})
"""Fields that say how an event reached us, not what happened; identity leaves them out."""


def event_schema() -> pl.Schema:
    """All IDF fields with their column types, in the order of the table."""
    return pl.Schema({field.name: field.type.dtype for field in EVENT_FIELDS})
