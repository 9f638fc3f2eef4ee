export default function (given) {
  const root = given.parentElement.querySelector(".ledger"), draw = () => window.drawLedger(root.given);
  root.given = given;
  if (window.drawLedger) draw(); else addEventListener("ledger-code", draw, { once: true });
}
