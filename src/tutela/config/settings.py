"""Django's settings; what differs between installations comes from ``environment``."""

from __future__ import annotations

from pathlib import Path

from django.contrib.messages import constants as messages
from django.utils.translation import gettext_lazy as _

from tutela import __version__
from tutela.config import environment, oidc
from tutela.config.keys import secret_key

TUTELA = environment.load()

BASE = Path(__file__).resolve().parent.parent
SECRET_KEY = secret_key(TUTELA)
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": TUTELA.database()}
INSTALLED_APPS = [
    "tutela.apps.people",  # before allauth, whose templates it replaces
    "tutela.apps.ledger",
    "tutela.apps.constituency",
    "tutela.apps.law",
    "tutela.apps.intake",
    "tutela.apps.findings",
    "tutela.apps.incidents",
    "tutela.apps.obligations",
    "tutela.apps.notices",
    "tutela.apps.search",
    "tutela.apps.situation",
    "tutela.web",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
]

# Requests and answers
ROOT_URLCONF = "tutela.config.urls"
WSGI_APPLICATION = "tutela.config.wsgi.application"
ALLOWED_HOSTS = TUTELA.hosts.split()
MIDDLEWARE = [
    "tutela.web.headers.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tutela.web.questions.QuestionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",  # a page is closed unless it says that it is open
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tutela.apps.people.middleware.SeenMiddleware",
    "tutela.apps.people.middleware.ViewerMiddleware",
    "tutela.config.once.OnceMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tutela.config.frame.frame",
            ],
        },
    }
]
MESSAGE_TAGS = {messages.SUCCESS: "good", messages.WARNING: "warn", messages.ERROR: "bad"}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

# Static files: hashed names, so that browsers may keep them for ever
STATIC_URL = "/static/"
STATIC_ROOT = TUTELA.home / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# What a browser is told
FORMS_LEAD_TO = oidc.origins(TUTELA)  # browsers ask of redirects after a form too whether they are allowed
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60  # a working day
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = TUTELA.https
SECURE_HSTS_SECONDS = 31_536_000 if TUTELA.https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TUTELA.https else None
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS] if TUTELA.https else []

# Languages
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE / "locale"]
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"

# Sign-in
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "tutela.apps.people.adapter.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "tutela.apps.people.adapter.SocialAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # an administrator writes an address down; nobody registers by themselves
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
MFA_ADAPTER = "tutela.apps.people.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Tutela"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not TUTELA.https
USERSESSIONS_TRACK_ACTIVITY = True
SOCIALACCOUNT_PROVIDERS = oidc.providers(TUTELA)
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,5/5m/key"}  # whoever fails for one address, from wherever, waits
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if TUTELA.https else 0  # the proxy in front says whom it speaks for
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "people_cache",
        # with fewer, attempts for invented addresses would push out those that are counted
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}

VERSION = __version__
