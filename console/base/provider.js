// Sign-in at the identity provider: the authorization code flow with PKCE (RFC 7636) of OpenID Connect.
import { keep, session } from "./session.js";
import { settings } from "./settings.js";

const PENDING = "muster.sign-in";
const PATH = "/console/signed-in";
const EARLY_MS = 60_000;
const { provider } = settings;
let refreshing = null;

/** Leaves the page for the provider's. */
export async function leaveForProvider() {
  const { authorization_endpoint } = await discovered();
  const [state, verifier] = [random(), random()];
  sessionStorage.setItem(PENDING, JSON.stringify({ state, verifier, back: location.pathname + location.search }));
  const challenge = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const address = new URL(authorization_endpoint);
  const asked = {
    response_type: "code",
    client_id: provider.client_id,
    redirect_uri: location.origin + PATH,
    scope: provider.scope,
    state,
    code_challenge: base64url(new Uint8Array(challenge)),
    code_challenge_method: "S256",
    ...(sendsIdToken() ? {} : { audience: provider.audience }),
  };
  for (const [name, value] of Object.entries(asked)) address.searchParams.set(name, value);
  location.assign(address);
}

/** Returns whether the address is the one to which the provider sends users back. */
export const isComingBack = () => Boolean(provider) && location.pathname === PATH;

/** Completes the sign-in, and returns the path at which it began. Throws an Error with the provider's reason. */
export async function comeBack() {
  const answer = new URLSearchParams(location.search);
  const pending = JSON.parse(sessionStorage.getItem(PENDING) ?? "null");
  sessionStorage.removeItem(PENDING);
  if (answer.get("error")) throw new Error(answer.get("error_description") ?? answer.get("error"));
  if (!pending || answer.get("state") !== pending.state) throw new Error("The sign-in began in another tab. Try again.");
  const given = { grant_type: "authorization_code", code: answer.get("code"), code_verifier: pending.verifier };
  keep(await tokens({ ...given, redirect_uri: location.origin + PATH }));
  return pending.back.startsWith(PATH) ? "/console" : pending.back;
}

/** Refreshes the session of the provider if it is about to expire, or if `isRefused`. Returns whether it is fresh. */
export async function refreshed(isRefused = false) {
  const { refreshToken, expiresAt } = session.value ?? {};
  if (!expiresAt) return !isRefused;
  if (!isRefused && Date.now() < expiresAt - EARLY_MS) return true;
  if (!refreshToken) return !isRefused && Date.now() < expiresAt;
  refreshing ??= tokens({ grant_type: "refresh_token", refresh_token: refreshToken })
    .then((opened) => keep({ refreshToken, ...opened }))
    .then(() => true, () => false)
    .finally(() => (refreshing = null));
  return refreshing;
}

async function tokens(given) {
  const { token_endpoint } = await discovered();
  const body = new URLSearchParams({ ...given, client_id: provider.client_id });
  const answer = await fetch(token_endpoint, { method: "POST", body });
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.error_description ?? content.error ?? "The identity provider refused the sign-in.");
  const expiresAt = Date.now() + 1000 * (content.expires_in ?? 300);
  const token = sendsIdToken() ? content.id_token : content.access_token;
  return { token, expiresAt, ...(content.refresh_token ? { refreshToken: content.refresh_token } : {}) };
}

async function discovered() {
  const answer = await fetch(`${provider.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  if (!answer.ok) throw new Error("The identity provider can't be reached.");
  return answer.json();
}

/** The ID token's audience is the client. An access token has the audience of the API. */
const sendsIdToken = () => provider.audience === provider.client_id;

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
