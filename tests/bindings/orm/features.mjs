// feature(NAME, TRY): tries it and prints one line of JSON about how that went.
const out = (name, outcome, message = "") =>
  console.log(JSON.stringify({ name, outcome, message }));

export async function feature(name, attempt) {
  try {
    await attempt();
    out(name, "works");
  } catch (error) {
    const message = String(error?.cause?.message ?? error?.message ?? error);
    out(
      name,
      /not supported yet|no such table-valued function: pragma_/.test(message)
        ? "pending"
        : "fails",
      String(error?.stack ?? message),
    );
  }
}
