"""Settings: a labeler and a middleware from ``labelkit.toml`` and ``LABELKIT_*`` variables, for hosts that pass none."""

from __future__ import annotations

import os
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import DirectoryPath, Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from labelkit.errors import ConfigurationError
from labelkit.image.badge import Badge
from labelkit.label import Generator, ModelClass
from labelkit.labeler import Labeler
from labelkit.media import Limits
from labelkit.placement import Corner
from labelkit.policy import Packs
from labelkit.provenance import Signer
from labelkit.service import Rights, Role, Service, check_url

CONFIG = "LABELKIT_CONFIG"
DEFAULT_FILE = Path("labelkit.toml")
_WORDS = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """Everything that can be set without code. A variable beats the file; each is ``LABELKIT_`` and the field's name."""

    model_config = SettingsConfigDict(env_prefix="LABELKIT_", extra="forbid", frozen=True)

    disabled: bool = False

    provider: str = ""
    system: str = ""
    version: str = ""
    on_market_since: date | None = None
    model_class: ModelClass | None = None
    parameters: int | None = None
    detector: str | None = None

    roles: Annotated[tuple[Role, ...], NoDecode] | None = None
    daily_users: int | None = Field(default=None, ge=0)
    monthly_users: int | None = Field(default=None, ge=0)
    signatory: bool | None = None
    tells_users: bool | None = None
    rights_text: str | dict[str, str] = ""
    rights_url: str = ""

    chain: Path | None = None
    key: Path | None = None
    key_password: SecretStr | None = None
    development_signer: bool = False
    timestamp_url: str | None = None

    policy: str = "ru"
    packs: DirectoryPath | None = None
    locale: str | None = None
    offer: _WORDS | None = None
    place: Literal["start", "end"] = "end"
    corner: Corner = "bottom-right"
    aigc: bool = False
    max_bytes: int = Limits().bytes
    max_pixels: int = Limits().pixels

    generated: dict[str, str | None] = Field(default_factory=dict)
    path: str = "/ai-label"
    cookie: str = "ai_label"
    on_failure: Literal["refuse", "pass"] = "refuse"
    max_body: int = 64 * 1024 * 1024
    max_history: int = 8 * 1024 * 1024
    allowed_origins: _WORDS = ()
    jurisdiction: str | None = None
    trusted_proxies: _WORDS = ()

    @field_validator("offer", "allowed_origins", "roles", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """A variable holds a list as words between spaces or commas."""
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @field_validator("generated", mode="after")
    @classmethod
    def _whole_body(cls, value: dict[str, str | None]) -> dict[str, str | None]:
        """TOML has no null: an empty pointer, which in RFC 6901 is the whole document, says the whole body."""
        return {route: pointer or None for route, pointer in value.items()}

    @field_validator("detector", "rights_url", mode="after")
    @classmethod
    def _address(cls, value: str | None, info: ValidationInfo) -> str | None:
        """An address that is told to others; what is wrong is said by the setting's name."""
        return check_url(value, f"{info.field_name}=") if value else value

    @model_validator(mode="after")
    def _jurisdiction(self) -> Settings:
        if self.trusted_proxies and not self.jurisdiction:
            raise ValueError("trusted_proxies are believed about a jurisdiction, and none is set")
        return self

    @classmethod
    def load(cls) -> Settings:
        """Read the file that ``LABELKIT_CONFIG`` names (else ``labelkit.toml`` where there is one) and the variables.

        Raises:
            ConfigurationError: the file cannot be read, or a setting does not exist or fit, by name.
        """
        named = os.environ.get(CONFIG)
        file = Path(named) if named else DEFAULT_FILE
        if named and not file.is_file():
            raise ConfigurationError(
                "The settings file is not there", where=f"{CONFIG}={named}", remedy="Mend the path."
            )
        try:
            return _reading(file)()
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            key = ".".join(str(part) for part in first["loc"])
            raise ConfigurationError(
                f"{key}: {first['msg']}" if key else first["msg"],
                where=str(file),
                remedy="See `labelkit init --help` for the settings there are.",
            ) from error
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigurationError(
                f"The settings cannot be read: {error}", where=str(file), remedy="It must be TOML."
            ) from error

    def generator(self) -> Generator:
        """The AI system that is declared.

        Raises:
            ConfigurationError: none is declared; the remedy names the settings.
        """
        if not (self.provider and self.system and self.version):
            raise ConfigurationError(
                "No generator is declared, so a label could not say who made the content",
                remedy="Set LABELKIT_PROVIDER, LABELKIT_SYSTEM and LABELKIT_VERSION, or name a labelkit.toml in "
                "LABELKIT_CONFIG (`labelkit init` writes one), or pass labeler=.",
            )
        return Generator(
            provider=self.provider,
            system=self.system,
            version=self.version,
            on_market_since=self.on_market_since,
            model_class=self.model_class,
            parameters=self.parameters,
            detector=self.detector,
        )

    def service(self) -> Service:
        """What is declared about the service."""
        declared = self.rights_text or self.rights_url
        return Service(
            roles=None if self.roles is None else frozenset(self.roles),
            daily_users=self.daily_users,
            monthly_users=self.monthly_users,
            signatory=self.signatory,
            tells_users=self.tells_users,
            rights=Rights(text=self.rights_text, url=self.rights_url) if declared else None,
        )

    def signer(self) -> Signer | None:
        """The signer that is set, or None.

        Raises:
            CredentialError: it would not be believed.
            ConfigurationError: a chain without a key, or both a credential and the development signer.
        """
        if self.development_signer and (self.chain or self.key):
            raise ConfigurationError(
                "Both a credential and the development signer are set", remedy="Unset development_signer in production."
            )
        if self.development_signer:
            return Signer.development(timestamp_url=self.timestamp_url)
        if self.chain is None and self.key is None:
            return None
        if self.chain is None or self.key is None:
            raise ConfigurationError("A signer needs a chain and a key", remedy="Set both chain and key.")
        password = self.key_password.get_secret_value().encode() if self.key_password else None
        return Signer.from_files(self.chain, self.key, password=password, timestamp_url=self.timestamp_url)

    def labeler(self) -> Labeler:
        """The labeler that is set.

        Raises:
            ConfigurationError: what is set does not make one.
        """
        return Labeler(
            self.generator(),
            signer=self.signer(),
            policy=self.policy,
            packs=Packs(self.packs),
            service=self.service(),
            locale=self.locale,
            offer=self.offer,
            badge=Badge(corner=self.corner),
            place=self.place,
            aigc=self.aigc,
            limits=Limits(bytes=self.max_bytes, pixels=self.max_pixels),
        )

    def middleware(self) -> dict[str, Any]:
        """The keyword arguments of LabelingMiddleware, but the labeler."""
        names = ("generated", "path", "cookie", "on_failure", "max_body", "max_history", "allowed_origins")
        return {name: getattr(self, name) for name in names}


def _reading(file: Path) -> type[Settings]:
    """Settings that read this file after the variables."""

    class FromFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)

    return FromFile
