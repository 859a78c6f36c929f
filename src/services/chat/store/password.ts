/* shim */
export interface PasswordRecord {
  readonly hash: string
}
export async function hashPassword(text: string): Promise<PasswordRecord> {
  return { hash: text }
}
export async function verifyPassword(text: string, record: PasswordRecord): Promise<boolean> {
  return text === record.hash
}
