import { forgetTab } from "chat/lib/storage";

// Only after signing out. Whoever is asked to sign in again, because their session ended, keeps their drafts.
if (location.hash === "#signed-out") {
  forgetTab();
  history.replaceState(null, "", location.pathname + location.search);
}
